package io.sparkddpm.spark.input;

import io.sparkddpm.spark.store.FileNames;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Looks at one name of a local directory; opens nothing. */
final class LocalEntry {
  private static final int TYPE = 0170000;
  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;

  private LocalEntry() {}

  /**
   * What lies there.
   *
   * @throws io.sparkddpm.error.UserException if its name is not valid UTF-8
   */
  static Child of(Path path) throws IOException {
    String name = FileNames.of(path);
    BasicFileAttributes own =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!own.isSymbolicLink()) {
      return child(name, path, own, false);
    }
    try {
      return child(name, path, Files.readAttributes(path, BasicFileAttributes.class), true);
    } catch (NoSuchFileException e) {
      return Child.other(name, "a link to nothing");
    } catch (FileSystemException e) { // ELOOP, or a part of the way that may not be entered
      return Child.other(name, "a link that leads in a circle, or where nothing may be read");
    }
  }

  private static Child child(String name, Path path, BasicFileAttributes what, boolean link)
      throws IOException {
    if (what.isDirectory()) {
      return new Child(name, Child.Kind.DIRECTORY, link, 0, 0, "");
    }
    if (what.isRegularFile()) {
      long modified = what.lastModifiedTime().toMillis();
      return new Child(name, Child.Kind.FILE, link, what.size(), modified, "");
    }
    int type = (Integer) Files.getAttribute(path, "unix:mode") & TYPE;
    String kind = type == FIFO ? "a named pipe" : type == SOCKET ? "a socket" : "a device";
    return Child.other(name, kind + ", not a regular file");
  }
}
