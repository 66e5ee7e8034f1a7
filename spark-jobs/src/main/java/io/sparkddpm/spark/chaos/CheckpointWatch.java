package io.sparkddpm.spark.chaos;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.cluster.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Sees checkpoints of a run as they are begun. One thread at a time. */
final class CheckpointWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 100;

  private final Path checkpoints;
  private final WatchService watch;

  CheckpointWatch(Path run) {
    this.checkpoints = run.resolve("checkpoints");
    try {
      Files.createDirectories(checkpoints);
      this.watch = checkpoints.getFileSystem().newWatchService();
      checkpoints.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
    } catch (IOException e) {
      throw new UserException(e, "cannot watch %s: %s", checkpoints, e.getMessage());
    }
  }

  /**
   * Waits until the run begins another checkpoint.
   *
   * @return its directory; empty where the process that trains has ended
   */
  Optional<Path> next(JavaProcess driver) throws InterruptedException {
    while (true) {
      WatchKey key = watch.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      if (key != null) {
        Object name = key.pollEvents().get(0).context();
        key.reset();
        return Optional.of(checkpoints.resolve(String.valueOf(name)));
      }
      if (!driver.handle().isAlive()) {
        return Optional.empty();
      }
    }
  }

  @Override
  public void close() {
    try {
      watch.close();
    } catch (IOException e) {
      throw new UserException(e, "cannot watch %s: %s", checkpoints, e.getMessage());
    }
  }
}
