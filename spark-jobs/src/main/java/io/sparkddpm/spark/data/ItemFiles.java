package io.sparkddpm.spark.data;

import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.ClassFolders;
import io.sparkddpm.spark.input.FilesBelow;
import io.sparkddpm.spark.input.FoundFile;
import io.sparkddpm.spark.input.Inputs;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Files that hold an item each, recognised by their extensions: for sources of other media than
 * images. As with images, each folder directly in an input is a class, with everything below it;
 * where there are none, there are no labels.
 */
final class ItemFiles {
  private ItemFiles() {}

  /**
   * Lists inputs.
   *
   * @param extensions with their dots, in lower case
   * @throws UserException if an input is missing, holds no such file, or holds some beside folders
   */
  static SourceListing list(Configuration conf, List<URI> inputs, List<String> extensions) {
    SourceListing.Builder slices = new SourceListing.Builder();
    FolderClasses classes = new FolderClasses();
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus status = Inputs.status(conf, inputs.get(i));
      Path root = status.getPath();
      int input = i;
      long before = slices.records();
      if (status.isDirectory()) {
        ClassFolders layout = new ClassFolders(root.toString());
        FilesBelow.forEach(
            conf,
            root,
            extensions,
            file -> {
              String folder = folder(root, file.path());
              layout.check(file.path().getName(), folder);
              slices.add(slice(input, root, file, classes.number(name(folder))));
            });
      } else if (FilesBelow.isOf(root.getName(), extensions)) {
        FoundFile file = new FoundFile(root, "", status.getLen(), status.getModificationTime());
        slices.add(slice(input, root, file, classes.number(name(""))));
      }
      if (slices.records() == before) {
        throw new UserException("%s holds no file of %s", root, String.join(", ", extensions));
      }
    }
    return classes.label(slices).mixed();
  }

  private static String name(String folder) {
    return folder.isEmpty() ? Dataset.ONLY_CLASS : folder;
  }

  /** The folder directly in {@code root} that a file lies in; empty if in none. */
  private static String folder(Path root, Path file) {
    String folder = "";
    for (Path at = file.getParent(); !at.equals(root); at = at.getParent()) {
      folder = at.getName();
    }
    return folder;
  }

  private static SourceSlice slice(int input, Path root, FoundFile file, int label) {
    String name = InputFiles.nameFrom(root, file.path());
    return new SourceSlice(
        input, file.path().toUri(), name, file.size(), file.modified(), 0, 1, label, "");
  }

  /** Reads the file of a slice. */
  static void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    consumer.accept(InputFiles.record(conf, slice, 0, slice.size()));
  }

  /**
   * The bytes of a record.
   *
   * @throws BadRecordException if there are more than a task can hold
   */
  static byte[] bytes(RawRecord raw) {
    if (!raw.isRead()) {
      throw new BadRecordException(
          "%s has %d bytes, which a task's heap does not hold", raw.source(), raw.length());
    }
    return raw.bytes();
  }
}
