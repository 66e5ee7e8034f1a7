package io.sparkddpm.spark.training.round;

import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.training.exchange.Averages;
import io.sparkddpm.spark.training.exchange.BlockGrid;
import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import io.sparkddpm.spark.training.exchange.ClusterRun;
import io.sparkddpm.spark.training.exchange.HeapMoments;
import io.sparkddpm.spark.training.exchange.LocalExchange;
import io.sparkddpm.spark.training.exchange.RoundExchange;
import io.sparkddpm.spark.training.exchange.RoundStart;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Makes the exchange of each round of a run, within one process or over the network, and has what
 * they share. One thread at a time.
 */
final class Exchanges implements AutoCloseable {
  private final JavaSparkContext spark;
  private final WorkerSetup setup;
  private final boolean local;

  /** Of each vector. */
  private final int length;

  /** Where moments of workers' own are kept within one process. */
  private final HeapMoments heap = new HeapMoments();

  private BlockedVectors room;
  private ClusterRun cluster;
  private ClusterExchange last;
  private long begun;

  /**
   * @param local whether driver and tasks share this JVM
   * @param length of each vector
   */
  Exchanges(JavaSparkContext spark, WorkerSetup setup, boolean local, int length) {
    this.spark = spark;
    this.setup = setup;
    this.local = local;
    this.length = length;
  }

  /**
   * Before each round: brings moments of workers' own to where workers can fetch them.
   *
   * @return the same moments, there
   */
  Optional<WorkerMoments> open(Optional<WorkerMoments> own) {
    if (local || cluster != null) {
      return own;
    }
    cluster = new ClusterRun(spark);
    return own.map(moments -> cluster.keep(begun++, moments, setup.training(), length));
  }

  /**
   * The next round's.
   *
   * @param onExecutors what it starts from as executors have it; {@code null}: they do not
   * @param vectors that are averaged
   * @param changed the outer step of the mean; empty: there is none
   * @param beforeAveraging as for {@link ClusterExchange}
   */
  RoundExchange next(
      RoundStart start,
      Averages onExecutors,
      int vectors,
      Optional<OuterStep> changed,
      Runnable beforeAveraging) {
    if (local) {
      return new LocalExchange(start, heap);
    }
    if (room == null || room.count() != vectors) {
      room = BlockedVectors.of(new BlockGrid(vectors, length, length));
    }
    last =
        new ClusterExchange(
            spark,
            cluster,
            begun++,
            start,
            onExecutors,
            room,
            setup.training().workers(),
            changed.orElse(null),
            beforeAveraging);
    return last;
  }

  @Override
  public void close() {
    if (last != null) {
      last.forget();
    }
    if (cluster != null) {
      cluster.close();
    }
  }
}
