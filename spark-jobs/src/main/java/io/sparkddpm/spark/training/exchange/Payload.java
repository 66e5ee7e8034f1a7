package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.ChangeRounding;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.WeightedMean;
import java.io.Serializable;
import java.util.function.Supplier;
import org.apache.spark.broadcast.Broadcast;

/**
 * What travels in a round: what workers hand to the averaging, and what comes back of it. To add
 * one, write a class beside those there are, and a constant of {@link
 * io.sparkddpm.engine.ExchangeFormat}.
 */
public abstract class Payload implements Serializable {
  private static final long serialVersionUID = 1L;

  Payload() {}

  /** The vectors themselves. */
  public static Payload vectors() {
    return new VectorPayload();
  }

  /** Their changes in the round, rounded to bfloat16. */
  public static Payload changes(ChangeRounding rounding) {
    return new ChangePayload(rounding);
  }

  /**
   * What a round starts from, as its tasks find it; travels with them.
   *
   * @param round that starts
   * @param vectors how many of them are averaged: the first ones
   * @param held what the round before has averaged; not used where there is a broadcast
   * @param sent all vectors that the round starts from, then an outer optimiser's momentum; {@code
   *     null}: held
   * @param outer changes the mean of the parameters; {@code null}: nothing does
   */
  record Start(
      RoundKey round,
      int vectors,
      Averages held,
      Broadcast<VectorBlock[]> sent,
      OuterOptimizer outer)
      implements Serializable {
    /**
     * What is held, where tasks have averaged it: as they do for all but plain means of vectors.
     */
    AverageBlocks blocks() {
      return (AverageBlocks) held;
    }

    /** What the driver has sent, without the momentum. */
    float[][] broadcast() {
      VectorBlock[] blocks = sent.value();
      float[][] vectors = new float[blocks.length - (outer == null ? 0 : 1)][];
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = blocks[i].array();
      }
      return vectors;
    }

    /** An outer optimiser's momentum that the driver has sent; {@code null}: there is none. */
    float[] momentum() {
      VectorBlock[] blocks = sent.value();
      return outer == null ? null : blocks[blocks.length - 1].array();
    }
  }

  /** Of the blocks of workers and averages. */
  abstract BlockFormat format();

  /** On a cluster, in a task: all vectors that the round starts from; only to be read. */
  abstract float[][] start(Start start, ClusterRun run);

  /**
   * On a cluster, in a task: what a worker leaves for the averaging.
   *
   * @param start the vectors that the round started from
   * @param end the averaged ones among the worker's
   */
  abstract FlatVectors ofWorker(int worker, Supplier<float[][]> start, FlatVectors end);

  /** Within one process, in a task: the same, in the place of {@code end}. */
  abstract void ofWorker(int worker, float[][] start, float[][] end);

  /** What averaging tasks need to change the mean of the parameters; {@code null}: they do not. */
  abstract OuterBlocks outer(Start start);

  /** Whether who reads what workers have left may average it. */
  abstract boolean isAveragedByReaders(OuterOptimizer outer);

  /**
   * In a task that averages: makes of means what is kept of them.
   *
   * @param offset of the first value in its vector
   * @param means from 0 on
   */
  abstract void ofMean(StateVector vector, int offset, float[] means, int n);

  /** Which blocks of parameters the driver takes. */
  abstract BlockStore.Kind taken(OuterStep outer);

  /**
   * On the driver: makes the mean of the workers' vectors of what it has taken.
   *
   * @param start what the round started from; may have more vectors than are averaged
   */
  abstract void arrived(float[][] start, float[][] taken);

  /**
   * Within one process: averages a piece of what {@link #ofWorker(int, float[][], float[][])} left.
   *
   * @param start the vector that the round started from
   * @param to receives the mean of the workers' vectors; may be {@code start}
   */
  abstract void average(
      WeightedMean mean,
      float[][] left,
      StateVector vector,
      float[] start,
      float[] to,
      int offset,
      int length);
}
