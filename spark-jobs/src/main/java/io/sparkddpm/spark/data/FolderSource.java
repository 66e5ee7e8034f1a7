package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Folders of PNG and JPEG files. Each folder directly in an input is a class, with everything below
 * it; labels follow the sorted names of all inputs' classes. An input without folders, or a single
 * file, is of one class.
 */
final class FolderSource implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final String ONLY_CLASS = "all";

  private record Found(int input, Path root, String className, FileStatus file) {}

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus input = InputFiles.status(conf, inputs.get(i));
      int before = found.size();
      if (input.isDirectory()) {
        listClasses(conf, i, input.getPath(), found);
      } else {
        found.add(new Found(i, input.getPath(), ONLY_CLASS, input));
      }
      if (found.size() == before) {
        throw new UserException("%s holds no image", inputs.get(i));
      }
    }
    List<String> classNames =
        new ArrayList<>(new TreeSet<>(found.stream().map(Found::className).toList()));
    List<SourceSlice> slices = new ArrayList<>(found.size());
    for (Found f : found) {
      slices.add(
          new SourceSlice(
              f.input,
              f.file.getPath().toUri(),
              InputFiles.nameFrom(f.root, f.file.getPath()),
              f.file.getLen(),
              f.file.getModificationTime(),
              0,
              1,
              classNames.indexOf(f.className)));
    }
    return new SourceListing(classNames, slices);
  }

  private static void listClasses(Configuration conf, int input, Path root, List<Found> found) {
    List<FileStatus> content = InputFiles.list(conf, root);
    List<FileStatus> files = content.stream().filter(FileStatus::isFile).toList();
    List<FileStatus> folders = content.stream().filter(FileStatus::isDirectory).toList();
    if (!files.isEmpty() && !folders.isEmpty()) {
      throw new UserException(
          "%s holds files (%s) beside folders (%s): put every image into the folder of its class,"
              + " or have no folders",
          root, files.get(0).getPath().getName(), folders.get(0).getPath().getName());
    }
    files.forEach(f -> found.add(new Found(input, root, ONLY_CLASS, f)));
    for (FileStatus folder : folders) {
      String name = folder.getPath().getName();
      InputFiles.listRecursively(conf, folder.getPath())
          .forEach(f -> found.add(new Found(input, root, name, f)));
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawImage> consumer)
      throws IOException {
    byte[] bytes = InputFiles.read(conf, slice, 0, Math.toIntExact(slice.size()));
    consumer.accept(new RawImage(bytes, slice.name(), slice.label()));
  }

  @Override
  public LabelledImage decode(RawImage raw) {
    return new LabelledImage(ImageCodec.decode(raw.bytes(), raw.source()), raw.label());
  }
}
