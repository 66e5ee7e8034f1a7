package io.sparkddpm.spark.train;

import static io.sparkddpm.error.Checks.checkState;

import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * How the vectors that a round starts from reach its tasks: by broadcast, or, where driver and
 * tasks share a JVM, by reference. Tasks only read them.
 */
abstract class StateHandle implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The vectors, on an executor. */
  abstract float[][] get();

  /** Ends their life everywhere; on the driver. */
  abstract void destroy();

  static StateHandle of(JavaSparkContext spark, float[]... vectors) {
    return spark.isLocal() ? new Shared(vectors) : new Sent(spark, vectors);
  }

  private static final class Shared extends StateHandle {
    private static final long serialVersionUID = 1L;
    private static final Map<Long, float[][]> VECTORS = new ConcurrentHashMap<>();
    private static final AtomicLong NEXT = new AtomicLong();

    private final long key = NEXT.getAndIncrement();

    Shared(float[][] vectors) {
      VECTORS.put(key, vectors);
    }

    @Override
    float[][] get() {
      float[][] vectors = VECTORS.get(key);
      checkState(vectors != null, "the round that these vectors were for is over");
      return vectors;
    }

    @Override
    void destroy() {
      VECTORS.remove(key);
    }
  }

  private static final class Sent extends StateHandle {
    private static final long serialVersionUID = 1L;

    private final Broadcast<float[][]> vectors;

    Sent(JavaSparkContext spark, float[][] vectors) {
      this.vectors = spark.broadcast(vectors);
    }

    @Override
    float[][] get() {
      return vectors.value();
    }

    @Override
    void destroy() {
      vectors.destroy();
    }
  }
}
