package io.sparkddpm.spark.input;

/**
 * What lies directly in a directory.
 *
 * @param name without the directory's
 * @param kind what it is, links followed
 * @param link whether it is a link
 * @param size in bytes
 * @param modified in the file system's milliseconds
 * @param reason why it is neither file nor directory
 */
public record Child(String name, Kind kind, boolean link, long size, long modified, String reason) {
  /** Links are taken for what they lead to. */
  public enum Kind {
    FILE,
    DIRECTORY,
    OTHER
  }

  static Child other(String name, String reason) {
    return new Child(name, Kind.OTHER, false, 0, 0, reason);
  }

  /** Whether it is a directory, or a link to one. */
  public boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }
}
