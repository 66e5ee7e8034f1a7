package io.sparkddpm.carrier;

import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.tensor.Batch;
import org.apache.spark.api.java.JavaRDD;

/** A library's own training with averaged parameters. One thread at a time. */
public interface LibraryAveraging {
  /**
   * What a network is given in a step, and what it should give.
   *
   * @param noisy x_t, the network's input
   * @param levels of the noise in each item
   * @param target what it should predict, of the input's shape
   */
  record Examples(Batch noisy, double[] levels, Batch target) {}

  /**
   * Takes some steps and averages once.
   *
   * @param batches of each worker in a partition of its own, one a step; a batch is used before the
   *     next one is asked for
   * @param state what the steps start from; afterwards what they end with, its moments as the
   *     library lays them out, its step as before
   * @param steps of each worker
   * @param workers partitions of {@code batches}
   * @param share examples in each batch
   * @return mean squared error of a predicted value
   */
  double train(JavaRDD<Examples> batches, TrainingState state, int steps, int workers, int share);
}
