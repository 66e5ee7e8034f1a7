package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.spark.session.Broadcasts;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A run's place on the executors: what it keeps there is its own, whatever other runs the
 * application has at the same time, and goes when it is closed.
 */
public final class ClusterRun implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;
  private static final AtomicLong NEXT = new AtomicLong();

  private final long id = NEXT.getAndIncrement();
  private final Broadcast<ModelStateCache> starts;

  /** On the driver. */
  public ClusterRun(JavaSparkContext spark) {
    this.starts = spark.broadcast(new ModelStateCache());
  }

  /**
   * One of its rounds.
   *
   * @param number ascending from 0, without gaps
   */
  RoundKey round(long number) {
    return new RoundKey(id, number);
  }

  /** In a task: where this process keeps what the run's workers start from. */
  ModelStateCache starts() {
    return starts.value();
  }

  /** On the driver: lets executors forget the blocks of rounds; those of others stay. */
  void forget(long first, long last) {
    for (long r = Math.max(0, first); r <= last; r++) {
      long blocks = round(r).removalId();
      Broadcasts.bestEffort(
          "free the blocks of a round",
          () -> SparkEnv.get().blockManager().master().removeBroadcast(blocks, true, false));
    }
  }

  @Override
  public void close() {
    Broadcasts.destroy(starts);
  }
}
