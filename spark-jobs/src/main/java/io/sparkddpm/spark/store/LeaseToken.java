package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.LeaseFiles.Entry;
import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Names one hold of a {@link Lease}. Tasks on executors carry it and look, before each file,
 * whether it still holds; files of an attempt carry its {@code id} in their names, and every
 * manifest that is written under it notes it. Immutable.
 *
 * @param dir what is held
 * @param generation grows with every holder that follows on another which had not left
 * @param id 16 hexadecimal digits, never the same twice
 */
public record LeaseToken(URI dir, long generation, String id) implements Serializable {
  /** Name of the note in a manifest. */
  public static final String NOTE = "lease";

  private static final long serialVersionUID = 1L;

  Entry entry() {
    return new Entry(generation, id, true, true);
  }

  /**
   * Makes sure that the lease is still held. Costs a listing of a directory with a file or two.
   *
   * @throws UserException naming the new holder, or if the file system fails
   */
  public void check(Configuration conf) {
    Optional<UserException> lost = lost(new LeaseFiles(conf, dir));
    if (lost.isPresent()) {
      throw lost.get();
    }
  }

  /** The error for a process that has lost the lease; empty while it holds it. */
  Optional<UserException> lost(LeaseFiles files) {
    Entry self = entry();
    List<Entry> all = files.entries();
    if (all.stream().noneMatch(e -> e.isOf(self) || e.isConfirmed())) {
      all = files.entries(); // a process that was suspended within the listing saw half of it
    }
    Optional<Entry> newer =
        all.stream()
            .filter(e -> e.isConfirmed() && e.generation() > generation)
            .reduce((a, b) -> a.isAbove(b) ? a : b);
    if (newer.isPresent()) {
      return Optional.of(held(files, newer.get()));
    }
    if (all.stream().anyMatch(e -> e.isOf(self) && e.claimed())) {
      return Optional.empty();
    }
    Optional<Entry> other = all.stream().filter(Entry::isConfirmed).findFirst();
    return Optional.of(
        other.isPresent()
            ? held(files, other.get())
            : new UserException(
                "%s is gone: somebody removed it while we were writing there", files.path(self)));
  }

  private UserException held(LeaseFiles files, Entry by) {
    return held(dir, files.holder(by), files.path(by).toString());
  }

  static UserException held(URI dir, LeaseHolder holder, String file) {
    return new UserException(
        "%s is being written by %s; if that process is certainly dead, delete %s",
        dir, holder, file);
  }

  @Override
  public String toString() {
    return entry().name();
  }
}
