package io.sparkddpm.spark.data;

import io.sparkddpm.archive.TarReader;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.session.TaskHeap;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Tar files in the WebDataset convention ({@link WebDatasetSamples}), read from where a run of
 * samples begins. Labels are the numbers in {@code cls} files, or the field {@code label} of {@code
 * json} files; a {@code classnames.txt} beside the tar files, one name a line, names the classes.
 */
@Variant(value = "webdataset", description = "tar files in the WebDataset convention")
public record WebDatasetSource(
    @Key(
            value = "extension of the images; empty for png, jpg, jpeg and webp",
            aliases = "../image-column")
        String imageColumn,
    @Key(
            value =
                "extension of the labels, or their field in json; empty for cls or label, none to"
                    + " take no labels",
            aliases = "../label-column")
        String labelColumn)
    implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final List<String> EXTENSIONS = List.of(".tar");
  private static final String CLASS_NAMES = "classnames.txt";
  private static final int MOST_NAMES = 1 << 26; // bytes
  private static final int NAMED = 3;

  /** Samples of a slice. */
  private static final int STRIDE = 64;

  /** Ends keys of slices whose samples should have labels. */
  private static final String LABELLED = "+";

  /** With the common extensions. */
  public WebDatasetSource() {
    this("", "");
  }

  private ColumnChoice columns() {
    return new ColumnChoice(imageColumn, labelColumn);
  }

  @Override
  public List<String> extensions() {
    return EXTENSIONS;
  }

  /**
   * What a listing needs of a tar file.
   *
   * @param begins where every {@link #STRIDE}th sample with an image begins
   * @param samples with an image
   * @param classes one more than the largest label; 0 if no sample has one
   * @param without how many samples have no image
   * @param named the first of these
   */
  private record Look(
      long[] begins, long samples, int classes, long without, ArrayList<String> named)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SplitFiles files = SplitFiles.of(conf, inputs, EXTENSIONS);
    List<Look> looks = FileScan.of(conf, "read tar headers", files.files(), this::look);
    List<String> classNames = classNames(conf, files, looks);
    SourceListing.Builder slices = new SourceListing.Builder();
    files.warnings().forEach(slices::warn);
    for (int i = 0; i < looks.size(); i++) {
      Look look = looks.get(i);
      for (int run = 0; run < look.begins().length; run++) {
        long first = (long) run * STRIDE;
        String key = Long.toHexString(look.begins()[run]) + (classNames.isEmpty() ? "" : LABELLED);
        slices.add(
            files.taken().get(i).slice(first, Math.min(STRIDE, look.samples() - first), key));
      }
      warnOfOthers(files.taken().get(i), look, slices);
    }
    if (slices.records() == 0) {
      throw new UserException(
          "%s holds no sample with an image (%s)",
          inputs.get(0), imageColumn.isEmpty() ? "png, jpg, jpeg, webp" : imageColumn);
    }
    return slices.build(classNames).mixed();
  }

  private static void warnOfOthers(SplitFiles.Taken file, Look look, SourceListing.Builder slices) {
    if (look.without() > 0) {
      slices.warn(
          String.format(
              Locale.ROOT,
              "%s: took %d samples, passed over %d without an image (%s%s)",
              file.name(),
              look.samples(),
              look.without(),
              String.join(", ", look.named()),
              look.without() > look.named().size() ? ", …" : ""));
    }
  }

  private Look look(Configuration conf, InputFile file) throws IOException {
    List<Long> begins = new ArrayList<>();
    ArrayList<String> named = new ArrayList<>();
    long samples = 0;
    long without = 0;
    int largest = -1;
    try (TarReader tar = open(conf, file.uri(), 0)) {
      WebDatasetSamples all = new WebDatasetSamples(tar, columns());
      for (Optional<WebDatasetSamples.Sample> next = all.next();
          next.isPresent();
          next = all.next()) {
        WebDatasetSamples.Sample sample = next.get();
        if (sample.image().isEmpty()) {
          if (without++ < NAMED) {
            named.add(sample.name());
          }
          continue;
        }
        if (samples++ % STRIDE == 0) {
          begins.add(sample.begin());
        }
        largest = Math.max(largest, sample.label());
      }
    }
    if (largest >= Labels.MOST) {
      throw new UserException(
          "%s has the label %d; at most %d classes are taken (shard.format.label-column=none takes"
              + " no labels)",
          file.uri(), largest, Labels.MOST);
    }
    return new Look(
        begins.stream().mapToLong(n -> n).toArray(), samples, largest + 1, without, named);
  }

  private static TarReader open(Configuration conf, URI uri, long from) throws IOException {
    return new TarReader(new HadoopChannel(conf, uri), from, uri.toString());
  }

  /** By the file beside the first tar file; otherwise the numbers themselves. */
  private static List<String> classNames(Configuration conf, SplitFiles files, List<Look> looks) {
    int classes = looks.stream().mapToInt(Look::classes).max().orElse(0);
    if (classes == 0) {
      return List.of();
    }
    Path beside = new Path(new Path(files.taken().get(0).file().uri()).getParent(), CLASS_NAMES);
    Optional<String> text = InputFiles.text(conf, beside, MOST_NAMES);
    if (text.isEmpty()) {
      return Labels.numbered(classes);
    }
    List<String> names =
        text.get().lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (names.size() < classes || names.stream().distinct().count() < names.size()) {
      throw new UserException(
          "%s must name the classes 0 to %d, each once, one a line; it has %d names",
          beside, classes - 1, names.size());
    }
    return names;
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    boolean labelled = slice.key().endsWith(LABELLED);
    long from = Long.parseLong(slice.key().replace(LABELLED, ""), 16);
    try (TarReader tar = open(conf, slice.uri(), from)) {
      WebDatasetSamples samples = new WebDatasetSamples(tar, columns());
      long skip = slice.first() % STRIDE;
      for (long i = 0; i < skip + slice.records(); ) {
        WebDatasetSamples.Sample sample = samples.next().orElseThrow(() -> shorter(slice));
        if (sample.image().isPresent()) {
          if (i >= skip) {
            consumer.accept(record(tar, sample, slice.name() + "/" + sample.name(), labelled));
          }
          i++;
        }
      }
    }
  }

  private static UserException shorter(SourceSlice slice) {
    return new UserException("%s has fewer samples than when it was listed", slice.uri());
  }

  private static RawRecord record(
      TarReader tar, WebDatasetSamples.Sample sample, String source, boolean labelled)
      throws IOException {
    if (!sample.problem().isEmpty()) {
      return RawRecord.bad(source, sample.problem());
    }
    if (labelled && sample.label() == Condition.NO_LABEL) {
      return RawRecord.unlabelled(source);
    }
    TarReader.Member image = sample.image().orElseThrow();
    return image.size() > TaskHeap.bytes()
        ? RawRecord.unread(image.size(), source, sample.label())
        : new RawRecord(tar.read(image), source, sample.label());
  }
}
