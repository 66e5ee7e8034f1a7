package io.sparkddpm.kernels;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.memory.NativeLibraries;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Splits independent pieces of work over a fixed number of threads, the caller's among them. */
public final class Threads implements AutoCloseable {
  /** Work on pieces [from, to). */
  public interface Task {
    /**
     * @param thread index of the thread, below the number of threads
     */
    void run(int thread, int from, int to);
  }

  /** What {@link #forNativeCode} last asked for on this thread. */
  private static final ThreadLocal<Integer> NATIVE = new ThreadLocal<>();

  private static volatile boolean backEndLoaded;

  private final int count;
  private final ExecutorService pool;

  /**
   * @param count threads, the caller's included, at least 1
   */
  public Threads(int count) {
    checkArgument(count >= 1, "threads must be at least 1, got %s", count);
    this.count = count;
    this.pool =
        count == 1
            ? null
            : Executors.newFixedThreadPool(
                count - 1,
                work -> {
                  Thread thread = new Thread(work, "ddpm-kernel");
                  thread.setDaemon(true);
                  return thread;
                });
  }

  /**
   * Sets the number of threads that native operations called from this thread use from now on. It
   * is a property of each calling thread; without it, the environment's OMP_NUM_THREADS counts.
   */
  public static void forNativeCode(int count) {
    Integer now = NATIVE.get();
    if (now == null || now != count) {
      loadBackEnd();
      NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(count);
      NATIVE.set(count);
    }
  }

  private static void loadBackEnd() {
    if (!backEndLoaded) {
      NativeLibraries.load(
          () -> checkState(Nd4j.getBackend() != null, "there is no native back end"));
      backEndLoaded = true;
    }
  }

  /** Threads, the caller's included. */
  public int count() {
    return count;
  }

  /**
   * Runs {@code task} over [0, pieces). However it ends, no piece runs any more when this returns
   * or throws: the pieces work on memory that the caller may free next.
   *
   * @throws IllegalStateException if the calling thread was interrupted; it stays so
   * @throws RuntimeException what a piece threw; if several did, that of the first
   */
  public void split(int pieces, Task task) {
    if (count == 1 || pieces == 1) {
      task.run(0, 0, pieces);
      return;
    }
    List<Future<?>> others = new ArrayList<>(count - 1);
    Throwable failure = null;
    try {
      for (int t = 1; t < count; t++) {
        int thread = t;
        others.add(
            pool.submit(() -> task.run(thread, bound(thread, pieces), bound(thread + 1, pieces))));
      }
      task.run(0, 0, bound(1, pieces));
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    boolean interrupted = false;
    for (Future<?> other : others) {
      try {
        interrupted |= await(other);
      } catch (ExecutionException e) {
        failure = first(failure, e.getCause());
      }
    }
    interrupted |= Thread.interrupted(); // a piece that had ended was not waited for
    if (interrupted) {
      Thread.currentThread().interrupt();
      failure = first(failure, new IllegalStateException("interrupted in a kernel"));
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure; // tasks declare no other
    }
  }

  /**
   * Waits for a piece, whatever happens to this thread meanwhile.
   *
   * @return whether it was interrupted
   */
  private static boolean await(Future<?> piece) throws ExecutionException {
    boolean interrupted = false;
    while (true) {
      try {
        piece.get();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private static Throwable first(Throwable failure, Throwable next) {
    if (failure == null) {
      return next;
    }
    if (failure != next) {
      failure.addSuppressed(next);
    }
    return failure;
  }

  private int bound(int thread, int pieces) {
    return (int) ((long) pieces * thread / count);
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
    }
  }
}
