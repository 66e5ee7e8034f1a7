package io.sparkddpm.spark.executor;

import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;

/**
 * All that this process keeps from one task to the next: models, extractors, decoded shards, blocks
 * for others, its graphics card. Each is created when a task first asks for it, is shared by all
 * runs of the application, and is freed when another application takes the place of the one that
 * used it, or when somebody calls {@link #free()}. What belongs to one run alone travels with its
 * broadcasts instead, and goes with them. Thread-safe.
 */
public final class ExecutorState {
  private static final ExecutorState HERE = new ExecutorState();

  private final Map<Class<? extends Kept>, Kept> kept = new LinkedHashMap<>();
  private WeakReference<SparkEnv> application = new WeakReference<>(null);

  private ExecutorState() {}

  /**
   * What this process keeps of a type.
   *
   * @param type whose only instance here it is
   * @param create makes it where there is none yet
   */
  public static <T extends Kept> T get(Class<T> type, Supplier<T> create) {
    return HERE.find(type, create);
  }

  /** Frees everything that no task uses at the moment. */
  public static void free() {
    HERE.freeAll();
  }

  private <T extends Kept> T find(Class<T> type, Supplier<T> create) {
    SparkEnv now = SparkEnv.get();
    boolean isAnother;
    Kept found;
    synchronized (this) {
      isAnother = now != null && application.get() != now;
      if (isAnother) {
        application = new WeakReference<>(now);
      }
      found = kept.get(type);
      if (found == null) {
        found = create.get();
        kept.put(type, found);
      }
    }
    if (isAnother) {
      freeAll();
    }
    return type.cast(found);
  }

  /** Without the lock: what is kept has locks of its own, and may ask here for something else. */
  private void freeAll() {
    List<Kept> all;
    synchronized (this) {
      all = List.copyOf(kept.values());
    }
    all.forEach(Kept::free);
  }
}
