package io.sparkddpm.spark.lab.plan;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.spark.training.exchange.BlockGrid;
import java.util.OptionalInt;

/**
 * How many images a second a cluster trains, from constants measured on one machine; derived in
 * docs/scaling.md. One logical worker an executor. Seconds, bytes and bytes a second throughout.
 *
 * @param parameters of the network
 * @param averaging what is averaged
 * @param vectors as long as the parameters, that a worker hands to the averaging: 1, or 3 with
 *     Adam's moments
 * @param exchange how they travel; what a driver broadcasts is float32
 * @param kept vectors that a worker keeps to itself between rounds: 0, or 2 where it has its own
 *     moments
 * @param share images that a worker takes in each step
 * @param imagesPerSecond that one executor trains with nobody to wait for
 * @param constants what was measured
 */
public record ScalingModel(
    long parameters,
    AveragingMode averaging,
    int vectors,
    ExchangeFormat exchange,
    int kept,
    double share,
    double imagesPerSecond,
    Constants constants) {
  /** Part of a round that must be computing for a number of steps to be recommended. */
  public static final double EFFICIENCY = 0.9;

  private static final int LARGEST_FREQUENCY = 1024;

  /**
   * What a round costs beside its steps and the network's bandwidth; for a byte of float32 state,
   * however it travels.
   *
   * @param round fixed cost: two Spark jobs and their tasks
   * @param task for each worker beside the first and each task that averages
   * @param broadcastByte for a byte of what the driver broadcasts, where gradients are averaged:
   *     written, read
   * @param startByte for a byte of what a worker starts from and keeps: read, written
   * @param averageByte for a byte that an averaging task takes: read, summed, kept
   * @param resultByte for a byte that the driver takes
   */
  public record Constants(
      double round,
      double task,
      double broadcastByte,
      double startByte,
      double averageByte,
      double resultByte) {}

  public ScalingModel {
    checkArgument(parameters > 0, "parameters must be positive, got %s", parameters);
    checkArgument(share > 0, "a worker needs examples, got %s", share);
    checkArgument(imagesPerSecond > 0, "images/s must be positive, got %s", imagesPerSecond);
  }

  /** Of all vectors that are averaged. */
  private double bytes() {
    return 4.0 * vectors * parameters;
  }

  /** Of the same as they travel. */
  private double sent() {
    return (double) exchange.bytes() * vectors * parameters;
  }

  /** Seconds in which a worker reads the vectors of its own and keeps them again. */
  private double keeping() {
    return 4.0 * kept * parameters * constants.startByte();
  }

  private int blocks(int executors) {
    return BlockGrid.forWorkers(executors, vectors, Math.toIntExact(parameters)).blocks();
  }

  /**
   * What a round takes beside its steps. Where parameters are averaged the driver fetches them
   * while the next round's workers start and take their steps: that counts only where it takes
   * longer.
   *
   * @param executors at least 1, of one worker each
   * @param bandwidth of every machine's network, each way
   * @param frequency steps of a round
   */
  public double overhead(int executors, double bandwidth, int frequency) {
    double remote = (double) (executors - 1) / executors; // of all blocks, on other executors
    double out = sent() * remote / bandwidth + bytes() * constants.startByte();
    if (averaging == AveragingMode.GRADIENTS) {
      // The driver gives each block away once; executors pass them on while they receive.
      double hops = executors == 1 ? 1 : 2;
      out = bytes() * (hops / bandwidth + constants.broadcastByte() + constants.startByte());
    }
    int blocks = blocks(executors);
    int tasks = Math.min(executors, blocks);
    double busiest = Math.ceil((double) blocks / tasks) / blocks; // its part of all blocks
    double all = executors * busiest; // from all workers
    double mean = all * (sent() * remote / bandwidth + bytes() * constants.averageByte());
    double back = sent() / bandwidth + bytes() * constants.resultByte(); // all into the driver
    double working = out + keeping();
    double hidden =
        averaging == AveragingMode.GRADIENTS ? 0 : Math.min(back, working + computing(frequency));
    return constants.round()
        + constants.task() * (executors + tasks)
        + working
        + mean
        + (back - hidden);
  }

  /** Seconds that the steps of a round take. */
  public double computing(int frequency) {
    return frequency * share / imagesPerSecond;
  }

  /** Images a second of all executors together. */
  public double imagesPerSecond(int executors, double bandwidth, int frequency) {
    double seconds = computing(frequency) + overhead(executors, bandwidth, frequency);
    return executors * frequency * share / seconds;
  }

  /** The part of a round that is computing, in (0, 1). */
  public double efficiency(int executors, double bandwidth, int frequency) {
    double computing = computing(frequency);
    return computing / (computing + overhead(executors, bandwidth, frequency));
  }

  /**
   * The smallest power of two of steps a round with which {@link #EFFICIENCY} is reached.
   *
   * @return empty where none up to 1024 does, or where gradients are averaged and one step does not
   */
  public OptionalInt recommendedFrequency(int executors, double bandwidth) {
    int largest = averaging == AveragingMode.GRADIENTS ? 1 : LARGEST_FREQUENCY;
    for (int frequency = 1; frequency <= largest; frequency *= 2) {
      if (efficiency(executors, bandwidth, frequency) >= EFFICIENCY) {
        return OptionalInt.of(frequency);
      }
    }
    return OptionalInt.empty();
  }
}
