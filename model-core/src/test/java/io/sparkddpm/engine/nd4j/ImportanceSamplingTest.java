package io.sparkddpm.engine.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.BoundWeighting;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.TimedLosses;
import io.sparkddpm.objective.TrainingBatch;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * The bound's loss of a step by uniform timesteps and by importance sampling, with the same weights
 * and images: equal in the mean, of less variance.
 */
class ImportanceSamplingTest {
  private static final int STEPS = 100;
  private static final int MEASURED = 100;
  private static final GaussianDiffusion DIFFUSION =
      new GaussianDiffusion(DrawnShapes.SCHEDULE, DiffusionConfig.DEFAULTS);

  /** Of the losses of steps. */
  private record Spread(double mean, double deviation) {
    static Spread of(double[] losses) {
      double mean = DoubleStream.of(losses).average().orElseThrow();
      double squares = DoubleStream.of(losses).map(x -> (x - mean) * (x - mean)).sum();
      return new Spread(mean, Math.sqrt(squares / (losses.length - 1)));
    }
  }

  private static TrainingBatch batch(Clock clock, long step) {
    return new TrainingBatches(DIFFUSION, clock, 7).noise(DrawnShapes.minibatch(step));
  }

  private static Spread spread(TrainingStep step, Clock clock, float[] gradient) {
    double[] losses = new double[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
      losses[i] = step.gradient(batch(clock, 1_000_000 + i), gradient).loss();
    }
    return Spread.of(losses);
  }

  @Test
  void theVarianceOfTheBoundsLossFalls(TestReporter reporter) {
    UNetConfig config = DrawnShapes.network(0);
    ClockConfig sampled = ClockConfig.SecondMoment.DEFAULTS;
    Clock uniform = new ClockConfig.Uniform().start(DrawnShapes.TIMESTEPS, DrawnShapes.BATCH);
    Clock clock = sampled.start(DrawnShapes.TIMESTEPS, DrawnShapes.BATCH);
    try (TrainableNetwork network = new Nd4jEngine().create(config, DrawnShapes.OPTIMIZER, 1)) {
      network.load(TrainingState.initial(config.spec().initialParameters(3)));
      SquaredError bound = new SquaredError(DIFFUSION, new BoundWeighting());
      TrainingStep step = new TrainingStep(network, bound, DrawnShapes.OPTIMIZER);
      for (int i = 0; i < STEPS; i++) {
        TrainingBatch batch = batch(clock, i);
        StepResult result = step.take(batch);
        clock =
            clock.fold(new TimedLosses(batch.input().levels().clone(), result.items().losses()));
      }
      float[] gradient = new float[Math.toIntExact(config.spec().parameterCount())];
      Spread plain = spread(step, uniform, gradient);
      Spread weighed = spread(step, clock, gradient);
      reporter.publishEntry("uniform", plain.toString());
      reporter.publishEntry("second-moment", weighed.toString());
      double error = Math.hypot(plain.deviation(), weighed.deviation()) / Math.sqrt(MEASURED);
      assertEquals(plain.mean(), weighed.mean(), 4 * error, "both are unbiased");
      assertTrue(weighed.deviation() < 0.5 * plain.deviation(), plain + ", " + weighed);
    }
  }
}
