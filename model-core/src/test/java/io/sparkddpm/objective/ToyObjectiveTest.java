package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The seam of objectives: one of its own, which trains a network. Configurations choose objectives
 * from the list of {@link ObjectiveConfig}, so that an objective of the program has one line there,
 * in main, for a record of its options.
 */
class ToyObjectiveTest {
  private static final int BATCH = 8;

  /** The mean absolute error of ε. */
  private static final class Toy implements Objective {
    @Override
    public void checkOutput(Shape data, Shape output) {
      Objective.requireShape(data, output);
    }

    @Override
    public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
      float[] y = output.data();
      float[] epsilon = batch.epsilon().data();
      int length = output.itemLength();
      for (int n = first; n < end; n++) {
        double sum = 0;
        double squares = 0;
        float slope = batch.weights()[n] / ((float) length * batch.count());
        for (int i = output.offset(n); i < output.offset(n + 1); i++) {
          double d = (double) y[i] - epsilon[i];
          sum += Math.abs(d);
          squares += d * d;
          y[i] = (float) Math.signum(d) * slope;
        }
        losses.set(n, sum / length, squares / length, 0);
      }
    }
  }

  private static Minibatch minibatch(long step) {
    Batch images = new Batch(BATCH, Shape.of(1, 4, 4));
    long[] ids = LongStream.range(step * BATCH, (step + 1) * BATCH).toArray();
    for (int n = 0; n < BATCH; n++) {
      float shade = (float) (2 * RandomStream.of(1, Purpose.SHAPES, ids[n]).nextDouble() - 1);
      Arrays.fill(images.data(), images.offset(n), images.offset(n + 1), shade);
    }
    return new Minibatch(step, 0, images, Condition.none(BATCH), ids);
  }

  @Test
  void anObjectiveOfItsOwnTrains() {
    GaussianDiffusion diffusion =
        new GaussianDiffusion(NoiseSchedule.of(ScheduleConfig.DEFAULTS), DiffusionConfig.DEFAULTS);
    UNetConfig config = new UNetConfig(4, 1, 1, 8, List.of(1), 1, List.of(), 0, 2, 0, 0, 0, 0);
    OptimizerConfig optimizer =
        new OptimizerConfig(new LearningRate.Constant(1e-2, 0), 0.9, 0.999, 1e-8, 1.0);
    try (TrainableNetwork network = new Nd4jEngine().create(config, optimizer, 1)) {
      network.load(TrainingState.initial(config.spec().initialParameters(3)));
      TrainingStep step = new TrainingStep(network, new Toy(), optimizer);
      TrainingBatches batches = new TrainingBatches(diffusion, new UniformClock(1000), 7);
      double first = step.take(batches.noise(minibatch(0))).loss();
      double last = 0;
      for (int i = 1; i < 60; i++) {
        last = step.take(batches.noise(minibatch(i))).loss();
      }
      // at first the network gives 0, and the mean of |ε| is √(2/π)
      assertEquals(Math.sqrt(2 / Math.PI), first, 0.1);
      assertTrue(last < 0.6 * first, first + " at first, " + last + " in the end");
    }
  }
}
