package io.sparkddpm.engine.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ExampleKey;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.TrainingBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * A network with a vector of its own for each timestep against one that embeds the time: trained on
 * every second timestep of drawn shapes, both are evaluated on these and on the others. More steps
 * than the default: {@code -Dddpm.separate-times.steps=…}.
 */
class SeparateTimesTest {
  private static final int TIMESTEPS = DrawnShapes.TIMESTEPS;
  private static final int STEPS = Integer.getInteger("ddpm.separate-times.steps", 150);
  private static final int MEASURED = 1024;
  private static final GaussianDiffusion DIFFUSION =
      new GaussianDiffusion(DrawnShapes.SCHEDULE, DiffusionConfig.DEFAULTS);

  /** Every second timestep, from {@code first} on. */
  private record EverySecond(int first) implements Clock {
    private static final long serialVersionUID = 1L;

    @Override
    public double level(ExampleKey example) {
      return first + 2 * example.stream().nextInt(TIMESTEPS / 2);
    }

    @Override
    public double weight(double level) {
      return 1;
    }
  }

  /** Mean losses of the timesteps that were trained and of those between them. */
  private record Losses(long parameters, double seen, double unseen) {}

  private static Losses train(int separateTimes) {
    UNetConfig config = DrawnShapes.network(separateTimes);
    try (TrainableNetwork network = new Nd4jEngine().create(config, DrawnShapes.OPTIMIZER, 1)) {
      network.load(TrainingState.initial(config.spec().initialParameters(3)));
      SquaredError objective = new SquaredError(DIFFUSION, new ConstantWeighting());
      TrainingStep step = new TrainingStep(network, objective, DrawnShapes.OPTIMIZER);
      TrainingBatches batches = new TrainingBatches(DIFFUSION, new EverySecond(0), 7);
      for (int i = 0; i < STEPS; i++) {
        step.take(batches.noise(DrawnShapes.minibatch(i)));
      }
      return new Losses(
          config.spec().parameterCount(),
          loss(step, new EverySecond(0), network),
          loss(step, new EverySecond(1), network));
    }
  }

  /** Of images that training did not see. */
  private static double loss(TrainingStep step, Clock clock, TrainableNetwork network) {
    TrainingBatches batches = new TrainingBatches(DIFFUSION, clock, 8);
    float[] gradient = new float[Math.toIntExact(parameters(network))];
    double sum = 0;
    for (int i = 0; i < MEASURED / DrawnShapes.BATCH; i++) {
      TrainingBatch batch = batches.noise(DrawnShapes.minibatch(1_000_000 + i));
      sum += step.gradient(batch, gradient).loss();
    }
    return sum * DrawnShapes.BATCH / MEASURED;
  }

  private static long parameters(TrainableNetwork network) {
    return network.layout().stream().mapToLong(tensor -> tensor.length()).sum();
  }

  @Test
  void onlyTheSharedEmbeddingKnowsTimestepsThatWereNotTrained(TestReporter reporter) {
    Losses shared = train(0);
    Losses separate = train(TIMESTEPS);
    reporter.publishEntry("shared embedding", shared.toString());
    reporter.publishEntry("separate vectors", separate.toString());
    int width = 4 * DrawnShapes.CHANNELS;
    assertEquals(
        (long) TIMESTEPS * width - (DrawnShapes.CHANNELS + 1) * width - (width + 1) * width,
        separate.parameters() - shared.parameters());
    assertTrue(shared.unseen() < 1.1 * shared.seen(), shared.toString());
    assertTrue(separate.unseen() > 1.1 * separate.seen(), separate.toString());
  }
}
