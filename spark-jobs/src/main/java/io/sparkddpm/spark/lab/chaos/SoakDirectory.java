package io.sparkddpm.spark.lab.chaos;

import java.nio.file.Path;

/**
 * A directory, and how command lines name local files.
 *
 * @param dir an absolute path
 * @param flaky whether their reads fail now and then
 */
record SoakDirectory(Path dir, boolean flaky) {
  /** What names a file below the directory on a command line. */
  String uri(String relative) {
    return uri(dir.resolve(relative));
  }

  /** What names any local file on a command line. */
  String uri(Path file) {
    return flaky ? FlakyFileSystem.SCHEME + ":" + file : file.toString();
  }
}
