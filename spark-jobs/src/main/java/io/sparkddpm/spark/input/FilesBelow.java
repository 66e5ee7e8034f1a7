package io.sparkddpm.spark.input;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Files of a kind below a directory, by their extensions, folder by folder in the names' order. */
public final class FilesBelow {
  private FilesBelow() {}

  /**
   * Lists a directory. What names hide, by a dot or an underscore in front, is ignored.
   *
   * @param extensions with their dots, in lower case
   */
  public static void forEach(
      Configuration conf, Path directory, List<String> extensions, Consumer<FoundFile> consumer) {
    for (Child child : Directories.children(conf, directory)) {
      Path path = Directories.child(directory, child.name());
      boolean hidden = child.name().startsWith("_");
      if (hidden || ImageNames.passedOver(child.name()).isPresent()) {
        continue;
      }
      if (child.isDirectory() && !child.link()) {
        forEach(conf, path, extensions, consumer);
      } else if (child.kind() == Child.Kind.FILE && isOf(child.name(), extensions)) {
        consumer.accept(new FoundFile(path, directory.getName(), child.size(), child.modified()));
      }
    }
  }

  /** Whether a file has one of these extensions. */
  public static boolean isOf(String name, List<String> extensions) {
    String lower = name.toLowerCase(Locale.ROOT);
    return extensions.stream().anyMatch(lower::endsWith);
  }
}
