package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.engine.Engines;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.Nd4jConfig;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.engine.WorkerRound;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.network.MlpConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Trains a small network on points as a run's only worker does: the same objectives, steps and
 * clocks, without Spark. Close it to free the network. For one thread.
 */
final class PointTraining implements AutoCloseable {
  private static final int BATCH = 128;
  private static final int ROUND = 20;
  private static final int WIDTH = 32;
  private static final double RATE = 4e-3;
  private static final int WARM_UP = 20;
  private static final long SEED = 11;

  private final GaussianMixture data;
  private final GaussianDiffusion diffusion;
  private final TrainableNetwork network;
  private final TrainingStep step;
  private TrainingState state;
  private final int steps;
  private final List<Double> losses = new ArrayList<>();
  private Clock clock;

  /**
   * @param diffusion says what the network predicts
   * @param objective on that diffusion
   * @param clock draws the timesteps; its state is folded after each round of 20 steps
   * @param steps of the whole training, over which the rate falls to 0
   */
  PointTraining(
      GaussianMixture data,
      GaussianDiffusion diffusion,
      Objective objective,
      Clock clock,
      int steps) {
    this(data, diffusion, objective, clock, steps, 0);
  }

  /**
   * @param separateTimes as {@link MlpConfig#separateTimes}
   */
  PointTraining(
      GaussianMixture data,
      GaussianDiffusion diffusion,
      Objective objective,
      Clock clock,
      int steps,
      int separateTimes) {
    this.data = data;
    this.diffusion = diffusion;
    this.clock = clock;
    this.steps = steps;
    Shape output = diffusion.config().head().outputShape(Points.shape(data.dimensions()));
    MlpConfig config = new MlpConfig(data.dimensions(), WIDTH, 2, output.dim(0), 0, separateTimes);
    OptimizerConfig optimizer =
        new OptimizerConfig(new LearningRate.Cosine(RATE, WARM_UP, steps), 0.9, 0.99, 1e-8, 1);
    network = Engines.of(new Nd4jConfig()).create(config, optimizer, 1);
    step = new TrainingStep(network, objective, optimizer);
    state = TrainingState.initial(config.spec().initialParameters(SEED));
  }

  /** With every timestep as likely. */
  PointTraining(GaussianMixture data, GaussianDiffusion diffusion, Objective objective, int steps) {
    this(data, diffusion, objective, new UniformClock(diffusion.steps()), steps);
  }

  /** Begins with the weights of another one, of as large a network. */
  PointTraining startingFrom(PointTraining other) {
    state = TrainingState.initial(other.state.parameters().clone());
    return this;
  }

  /** Trains to the end. */
  PointTraining run() {
    while (state.step() < steps) {
      WorkerRound round = new WorkerRound(step, new TrainingBatches(diffusion, clock, SEED));
      List<Minibatch> minibatches = new ArrayList<>();
      for (long s = state.step(); s < Math.min(steps, state.step() + ROUND); s++) {
        minibatches.add(minibatch(s));
      }
      for (StepStatistics seen : round.train(state, minibatches.iterator())) {
        if (!seen.isFinite()) {
          throw new TrainingDivergedException(
              "The loss is %s at step %s", seen.loss(), seen.step());
        }
        losses.add(seen.loss());
        clock = clock.fold(seen.observed());
      }
      network.store(state);
    }
    return this;
  }

  private Minibatch minibatch(long number) {
    Batch points = Points.draw(data, BATCH, number);
    long[] ids = LongStream.range(number * BATCH, (number + 1) * BATCH).toArray();
    return new Minibatch(number, 0, points, Condition.none(BATCH), ids);
  }

  /** The network as solvers see it. */
  Denoiser denoiser() {
    return diffusion.config().denoiser(network, diffusion.process());
  }

  /** The clock as it is now. */
  Clock clock() {
    return clock;
  }

  /** Loss of each step. */
  double[] losses() {
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  public void close() {
    network.close();
  }
}
