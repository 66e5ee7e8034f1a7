package io.sparkddpm.spark.data;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.session.TaskHeap;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * numpy's .npz and .npy files of images as bytes [N, H, W, C], with their labels ({@link
 * NumpyImages}), which travel with the listing. A stored array is read from the middle; a
 * compressed one in longer runs, for each must pass through what lies before it.
 */
@Variant(value = "npz", description = "numpy's .npz and .npy files of images as bytes")
public record NpzSource(
    @Key(value = "array of the images; empty for the usual names", aliases = "../image-column")
        String imageColumn,
    @Key(
            value = "array of the labels; empty for the usual names, none to take no labels",
            aliases = "../label-column")
        String labelColumn)
    implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final List<String> EXTENSIONS = List.of(".npz", NumpyImages.NPY);

  /** Images of a slice. */
  private static final int STRIDE = 64;

  /** The same of a compressed array. */
  private static final int COMPRESSED_STRIDE = 1024;

  private static final int RECORD_HEADER = 3 * Integer.BYTES;

  /** With the usual names of arrays. */
  public NpzSource() {
    this("", "");
  }

  private ColumnChoice columns() {
    return new ColumnChoice(imageColumn, labelColumn);
  }

  @Override
  public List<String> extensions() {
    return EXTENSIONS;
  }

  /** Statistics and other arrays are {@code .npz} files, too. */
  @Override
  public boolean sharesItsExtensions() {
    return true;
  }

  /**
   * What a listing needs of a file.
   *
   * @param modified when it, or a file of labels beside it, was last changed
   */
  private record Look(ImageArray array, Labels labels, long modified) implements Serializable {
    private static final long serialVersionUID = 1L;

    String kind() {
      if (labels.missing() == array.images()) {
        return "no labels";
      }
      return labels.names().isEmpty() ? "numbers" : "names";
    }
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SplitFiles files = SplitFiles.of(conf, inputs, EXTENSIONS);
    SourceListing.Builder slices = new SourceListing.Builder();
    files.warnings().forEach(slices::warn);
    List<SplitFiles.Taken> taken =
        files.taken().stream()
            .filter(f -> !f.fileName().equals(NumpyImages.labelsFile(columns())))
            .toList();
    if (taken.isEmpty()) {
      throw new UserException("%s holds labels alone", inputs.get(0));
    }
    List<InputFile> some = taken.stream().map(SplitFiles.Taken::file).toList();
    List<Look> looks = FileScan.of(conf, "read headers", some, this::look);
    List<String> classNames = classNames(looks);
    for (int i = 0; i < looks.size(); i++) {
      add(slices, taken.get(i).modified(looks.get(i).modified()), looks.get(i), classNames);
    }
    return slices.build(classNames).mixed();
  }

  private Look look(Configuration conf, InputFile file) throws IOException {
    if (file.uri().getPath().toLowerCase(Locale.ROOT).endsWith(NumpyImages.NPY)) {
      return look(NumpyImages.ofFile(conf, file, columns()));
    }
    try (ZipArchive zip =
        new ZipArchive(new HadoopChannel(conf, file.uri()), file.uri().toString())) {
      return look(NumpyImages.ofArchive(zip, zip.entries(), file.uri(), columns()));
    }
  }

  private static Look look(NumpyImages images) throws IOException {
    ImageArray array = images.pixels();
    return new Look(array, images.labels(array.images()), images.modified());
  }

  /** Names of labels, or the numbers themselves; none where no file has labels. */
  private static List<String> classNames(List<Look> looks) {
    Look first = looks.get(0);
    for (Look look : looks) {
      if (!look.kind().equals(first.kind())) {
        throw new UserException(
            "the inputs' labels differ: %s has %s, %s has %s",
            first.array().file(), first.kind(), look.array().file(), look.kind());
      }
    }
    int largest =
        looks.stream().flatMapToInt(l -> Arrays.stream(l.labels().values())).max().getAsInt();
    TreeSet<String> names = new TreeSet<>();
    looks.forEach(look -> names.addAll(look.labels().names()));
    if (Math.max(names.size() - 1, largest) >= Labels.MOST) {
      throw new UserException(
          "%s: at most %d classes are taken (shard.format.label-column=none takes no labels)",
          first.array().file(), Labels.MOST);
    }
    return names.isEmpty() ? Labels.numbered(largest + 1) : List.copyOf(names);
  }

  private static void add(
      SourceListing.Builder slices, SplitFiles.Taken file, Look look, List<String> classNames) {
    ImageArray array = look.array();
    int[] labels = look.labels().among(classNames);
    int stride = array.isCompressed() ? COMPRESSED_STRIDE : STRIDE;
    for (int from = 0; from < array.images(); from += stride) {
      int count = Math.min(stride, array.images() - from);
      int[] some =
          classNames.isEmpty() ? new int[0] : Arrays.copyOfRange(labels, from, from + count);
      slices.add(file.slice(from, count, new SliceKey(array, from, some).text()));
    }
  }

  /**
   * Where the images of a slice are, and their labels, as the slice's key has them.
   *
   * @param array that holds them
   * @param first image that the labels begin with
   * @param labels none where there are no classes
   */
  private record SliceKey(ImageArray array, int first, int[] labels) {
    private static final String SEPARATOR = "\n";

    String text() {
      String numbers =
          IntStream.of(array.images(), array.height(), array.width(), array.channels(), first)
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(","));
      String classes =
          Arrays.stream(labels).mapToObj(Integer::toString).collect(Collectors.joining(","));
      return String.join(SEPARATOR, numbers, classes, array.key(), array.entry());
    }

    static SliceKey of(URI file, String text) {
      String[] fields = text.split(SEPARATOR, 4);
      int[] numbers = numbers(fields[0]);
      return new SliceKey(
          new ImageArray(
              file, fields[3], fields[2], numbers[0], numbers[1], numbers[2], numbers[3]),
          numbers[4],
          numbers(fields[1]));
    }

    private static int[] numbers(String text) {
      return text.isEmpty()
          ? new int[0]
          : Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    SliceKey key = SliceKey.of(slice.uri(), slice.key());
    ImageArray array = key.array();
    long[] at = {slice.first()};
    if (2L * array.length() > TaskHeap.bytes()) {
      for (; at[0] < slice.first() + slice.records(); at[0]++) {
        consumer.accept(
            RawRecord.unread(array.length(), slice.name() + "#" + at[0], Condition.NO_LABEL));
      }
      return;
    }
    array.read(
        conf,
        slice.first(),
        slice.records(),
        (name, pixels) -> {
          String source = slice.name() + "#" + at[0];
          boolean labelled = key.labels().length > 0;
          int label = labelled ? key.labels()[(int) (at[0] - key.first())] : Condition.NO_LABEL;
          at[0]++;
          consumer.accept(
              labelled && label == Condition.NO_LABEL
                  ? RawRecord.unlabelled(source)
                  : new RawRecord(record(array, pixels), source, label));
        });
  }

  private static byte[] record(ImageArray array, byte[] pixels) {
    return ByteBuffer.allocate(RECORD_HEADER + pixels.length)
        .putInt(array.height())
        .putInt(array.width())
        .putInt(array.channels())
        .put(pixels)
        .array();
  }

  @Override
  public LabelledImage decodeRead(RawRecord raw, ImageDecoder decoder) {
    ByteBuffer record = ByteBuffer.wrap(raw.bytes());
    int height = record.getInt();
    int width = record.getInt();
    int channels = record.getInt();
    ByteImage image = ImageArray.image(raw.bytes(), RECORD_HEADER, height, width, channels);
    return new LabelledImage(image.toRgb(), raw.label());
  }
}
