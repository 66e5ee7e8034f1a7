package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.input.Child;
import io.sparkddpm.spark.input.Directories;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.input.PassedOver;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Files in CIFAR-10's binary layout. Of a directory, the training batches (official names: {@code
 * data_batch_1.bin} and so on) are taken if it has any, else all {@code *.bin}: the test batch
 * never mixes with them. Others beside the training batches, such as a download's second copy, are
 * passed over. Classes are named by a {@code batches.meta.txt} beside the files, if there is one.
 */
@Variant(value = "cifar10", description = "CIFAR-10's binary files")
public record Cifar10Source() implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final String SUFFIX = ".bin";
  private static final int MOST_NAMES = 1 << 16; // bytes
  private static final Pattern TRAINING = Pattern.compile("data_batch_\\d+\\.bin");

  /** What the official archive holds beside the training batches. */
  private static final Set<String> OFFICIAL =
      Set.of("test_batch.bin", Cifar10.CLASS_NAMES_FILE, "readme.html");

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SourceListing.Builder slices = new SourceListing.Builder();
    EqualFiles equal = new EqualFiles(conf);
    ClassNames classNames = new ClassNames(conf);
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus input = Inputs.status(conf, inputs.get(i));
      classNames.look(input.isDirectory() ? input.getPath() : input.getPath().getParent());
      for (InputFile file :
          input.isDirectory() ? batches(conf, input, slices) : List.of(of(input))) {
        String name = InputFiles.nameFrom(input.getPath(), new Path(file.uri()));
        long records = Cifar10.records(file.size(), new Path(file.uri()).toString());
        equal.add(file.uri(), file.size());
        slices.add(
            new SourceSlice(
                i,
                file.uri(),
                name,
                file.size(),
                file.modified(),
                0,
                records,
                Condition.NO_LABEL,
                ""));
      }
    }
    equal.warnings().forEach(slices::warn);
    return slices.build(classNames.found());
  }

  /** The classes' names, as the files beside the batches have them; otherwise the official ones. */
  private static final class ClassNames {
    private final Configuration conf;
    private final Map<List<String>, Path> found = new LinkedHashMap<>();

    ClassNames(Configuration conf) {
      this.conf = conf;
    }

    void look(Path directory) {
      Path file = new Path(directory, Cifar10.CLASS_NAMES_FILE);
      Optional<String> text = InputFiles.text(conf, file, MOST_NAMES);
      List<String> names =
          text.map(t -> t.lines().map(String::strip).filter(n -> !n.isEmpty()).toList())
              .orElse(Cifar10.CLASS_NAMES);
      int classes = Cifar10.CLASS_NAMES.size();
      if (names.size() != classes || names.stream().distinct().count() < classes) {
        throw new UserException(
            "%s must have the names of CIFAR-10's ten classes, one a line, got %s", file, names);
      }
      found.putIfAbsent(names, directory);
    }

    List<String> found() {
      if (found.size() > 1) {
        throw new UserException(
            "the inputs' classes differ: %s",
            found.entrySet().stream()
                .map(e -> e.getValue() + " has " + String.join(", ", e.getKey()))
                .collect(Collectors.joining("; ")));
      }
      return found.keySet().iterator().next();
    }
  }

  private static InputFile of(FileStatus file) {
    return new InputFile(file.getPath().toUri(), file.getLen(), file.getModificationTime());
  }

  private static List<InputFile> batches(
      Configuration conf, FileStatus directory, SourceListing.Builder slices) {
    List<Child> files =
        Directories.children(conf, directory.getPath()).stream()
            .filter(c -> c.kind() == Child.Kind.FILE && c.name().endsWith(SUFFIX))
            .filter(c -> !c.name().startsWith("."))
            .toList();
    if (files.isEmpty()) {
      throw new UserException(
          "%s holds no CIFAR-10 file (*%s, the binary version)", directory.getPath(), SUFFIX);
    }
    List<Child> training =
        files.stream().filter(c -> TRAINING.matcher(c.name()).matches()).toList();
    List<Child> taken = training.isEmpty() ? files : training;
    PassedOver passedOver = new PassedOver();
    files.stream()
        .filter(c -> !taken.contains(c) && !OFFICIAL.contains(c.name()))
        .forEach(c -> passedOver.add(c.name(), "not the name of a training batch"));
    long images = taken.stream().mapToLong(c -> c.size() / Cifar10.RECORD_BYTES).sum();
    passedOver.sentence(directory.getPath().toString(), images).ifPresent(slices::warn);
    return taken.stream()
        .map(
            c ->
                new InputFile(
                    Directories.child(directory.getPath(), c.name()).toUri(),
                    c.size(),
                    c.modified()))
        .toList();
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    int length = Math.toIntExact(slice.records() * Cifar10.RECORD_BYTES);
    byte[] bytes = InputFiles.read(conf, slice, slice.first() * Cifar10.RECORD_BYTES, length);
    for (int i = 0; i < slice.records(); i++) {
      byte[] record =
          Arrays.copyOfRange(bytes, i * Cifar10.RECORD_BYTES, (i + 1) * Cifar10.RECORD_BYTES);
      long number = slice.first() + i;
      consumer.accept(new RawRecord(record, slice.name() + "#" + number, Condition.NO_LABEL));
    }
  }

  @Override
  public LabelledImage decodeRead(RawRecord raw, ImageDecoder decoder) {
    int hash = raw.source().lastIndexOf('#');
    String file = raw.source().substring(0, hash);
    long number = Long.parseLong(raw.source(), hash + 1, raw.source().length(), 10);
    return Cifar10.decode(raw.bytes(), 0, file, number);
  }
}
