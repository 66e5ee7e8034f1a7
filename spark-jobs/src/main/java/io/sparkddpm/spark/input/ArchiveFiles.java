package io.sparkddpm.spark.input;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The files of an archive, as {@link ImageArchive} lists them. For one thread.
 *
 * @param <E> a file of the archive
 */
public interface ArchiveFiles<E> extends Closeable {
  /** The archive's name, for messages. */
  String source();

  /**
   * All entries in the archive's order, folders with a slash at their ends.
   *
   * @throws io.sparkddpm.error.UserException if the archive is damaged
   */
  List<E> entries() throws IOException;

  /** With folders, parted by slashes. */
  String name(E entry);

  /** Of the content, in bytes. */
  long length(E entry);

  /** What it is where it is no file that can be read: as in "encrypted"; empty for others. */
  Optional<String> unreadable(E entry);

  /**
   * The first bytes of a readable file's content.
   *
   * @param most how many
   */
  byte[] head(E entry, int most) throws IOException;

  /**
   * Refuses an image that cannot be read.
   *
   * @throws io.sparkddpm.error.UserException naming archive and entry
   */
  void check(E entry);
}
