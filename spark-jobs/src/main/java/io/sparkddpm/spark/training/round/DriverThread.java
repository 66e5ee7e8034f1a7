package io.sparkddpm.spark.training.round;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Does the driver's work while executors do theirs, one piece at a time. */
final class DriverThread implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "driver's part of rounds");
            made.setDaemon(true);
            return made;
          });

  private Future<Boolean> work;

  /** Begins a piece of work; the one before must have been waited for. */
  void begin(Callable<Boolean> piece) {
    work = thread.submit(piece);
  }

  /** Waits for the piece that was begun last. @return what it returned; what it threw is thrown */
  boolean await() {
    try {
      return work.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Waits until nothing is at work, whatever comes of it. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
