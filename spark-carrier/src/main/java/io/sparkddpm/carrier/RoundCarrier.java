package io.sparkddpm.carrier;

import io.sparkddpm.engine.Minibatch;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;

/** Runs rounds, one at a time, on the driver. */
public interface RoundCarrier {
  /** Needs no library: runs the round at once. */
  RoundCarrier DIRECT = (data, round) -> round.accept(data);

  /**
   * Runs a round.
   *
   * @param data a partition for each logical worker, read where and when the worker runs
   * @param round called once, before this returns, with the same minibatches in the same partitions
   */
  void carry(JavaRDD<Minibatch> data, Consumer<JavaRDD<Minibatch>> round);
}
