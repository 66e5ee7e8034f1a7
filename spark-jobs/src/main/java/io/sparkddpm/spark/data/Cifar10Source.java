package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.LabelledImage;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Files in CIFAR-10's binary layout. Of a directory, the training batches ({@code
 * data_batch_*.bin}) are taken if it has any, else all {@code *.bin}: the test batch never mixes
 * with them.
 */
final class Cifar10Source implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final String SUFFIX = ".bin";
  private static final String TRAINING = "data_batch_";

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SourceListing.Builder slices = new SourceListing.Builder();
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus input = InputFiles.status(conf, inputs.get(i));
      for (FileStatus file : input.isDirectory() ? batches(conf, input) : List.of(input)) {
        String name = InputFiles.nameFrom(input.getPath(), file.getPath());
        long records = Cifar10.records(file.getLen(), file.getPath().toString());
        slices.add(
            new SourceSlice(
                i,
                file.getPath().toUri(),
                name,
                file.getLen(),
                file.getModificationTime(),
                0,
                records,
                0,
                ""));
      }
    }
    return slices.build(Cifar10.CLASS_NAMES);
  }

  private static List<FileStatus> batches(Configuration conf, FileStatus directory) {
    List<FileStatus> all =
        InputFiles.list(conf, directory.getPath()).stream()
            .filter(s -> s.isFile() && s.getPath().getName().endsWith(SUFFIX))
            .toList();
    List<FileStatus> training =
        all.stream().filter(s -> s.getPath().getName().startsWith(TRAINING)).toList();
    if (all.isEmpty()) {
      throw new UserException(
          "%s holds no CIFAR-10 file (*%s, the binary version)", directory.getPath(), SUFFIX);
    }
    return training.isEmpty() ? all : training;
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawImage> consumer)
      throws IOException {
    int length = Math.toIntExact(slice.records() * Cifar10.RECORD_BYTES);
    byte[] bytes = InputFiles.read(conf, slice, slice.first() * Cifar10.RECORD_BYTES, length);
    for (int i = 0; i < slice.records(); i++) {
      byte[] record =
          Arrays.copyOfRange(bytes, i * Cifar10.RECORD_BYTES, (i + 1) * Cifar10.RECORD_BYTES);
      long number = slice.first() + i;
      consumer.accept(new RawImage(record, slice.name() + "#" + number, 0));
    }
  }

  @Override
  public LabelledImage decode(RawImage raw) {
    int hash = raw.source().lastIndexOf('#');
    String file = raw.source().substring(0, hash);
    long number = Long.parseLong(raw.source(), hash + 1, raw.source().length(), 10);
    return Cifar10.decode(raw.bytes(), 0, file, number);
  }
}
