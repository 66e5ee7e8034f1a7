package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Sees files of a directory come and go. Leases do not count. One thread at a time. */
final class FileChanges {
  private static final long LOOK_MILLIS = 4;

  private final Path dir;
  private Set<Path> seen;

  FileChanges(Path dir) {
    this.dir = dir;
    this.seen = files();
  }

  /**
   * Waits for so many changes, then for some time.
   *
   * @return whether that came before the process ended
   */
  boolean await(JavaProcess process, int changes, int millis) throws InterruptedException {
    for (int i = 0; i < changes; i++) {
      if (!next(process)) {
        return false;
      }
    }
    return !process.endsWithin(millis);
  }

  /** Waits until somebody has a lease there. @return whether that came before the process ended */
  boolean awaitLease(JavaProcess process) throws InterruptedException {
    while (files(file -> Content.isOfLease(dir, file)).isEmpty()) {
      if (process.endsWithin(LOOK_MILLIS)) {
        return false;
      }
    }
    return true;
  }

  private boolean next(JavaProcess process) throws InterruptedException {
    while (true) {
      Set<Path> now = files();
      if (!now.equals(seen)) {
        seen = now;
        return true;
      }
      if (process.endsWithin(LOOK_MILLIS)) {
        return false;
      }
    }
  }

  private Set<Path> files() {
    return files(file -> !Content.isOfLease(dir, file));
  }

  private Set<Path> files(Predicate<Path> wanted) {
    while (true) {
      try (Stream<Path> all = Files.walk(dir)) {
        Set<Path> found = new HashSet<>();
        all.filter(wanted).forEach(found::add);
        return found;
      } catch (UncheckedIOException e) {
        continue; // a directory went while we looked
      } catch (IOException e) {
        throw new UserException(e, "cannot list %s: %s", dir, e.getMessage());
      }
    }
  }
}
