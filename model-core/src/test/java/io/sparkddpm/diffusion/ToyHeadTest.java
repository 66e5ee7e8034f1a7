package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

/**
 * The seam of heads: one of its own, given to a denoiser. Configurations choose heads by the
 * constants of {@link PredictionType}, so that a head of the program has one line there, in main.
 */
class ToyHeadTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(ScheduleConfig.DEFAULTS));
  private static final double DATA_VARIANCE = 0.25;
  private static final Shape SHAPE = Shape.of(1, 4, 4);

  /** The network gives u = ε − x_0, the direction of a straight line from data to noise. */
  private static final class Toy implements Head {
    @Override
    public Target target(NoiseProcess process, double level) {
      return new Target(-1, 0, 1);
    }

    @Override
    public Conversion toX0(NoiseProcess process, double level) {
      double sum = process.alpha(level) + process.sigma(level);
      return new Conversion(1 / sum, -process.sigma(level) / sum);
    }

    @Override
    public Conversion toEpsilon(NoiseProcess process, double level) {
      double sum = process.alpha(level) + process.sigma(level);
      return new Conversion(1 / sum, process.alpha(level) / sum);
    }
  }

  /** The best prediction of a head's target for data of N(0, σ0²), linear in x_t. */
  private record Best(Head head) implements Network {
    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      for (int n = 0; n < x.count(); n++) {
        double alpha = PROCESS.alpha(levels[n]);
        double sigma = PROCESS.sigma(levels[n]);
        double total = DATA_VARIANCE * alpha * alpha + sigma * sigma;
        Target target = head.target(PROCESS, levels[n]);
        for (int i = x.offset(n); i < x.offset(n + 1); i++) {
          double xt = x.data()[i];
          output.data()[i] =
              (float) target.of(DATA_VARIANCE * alpha / total * xt, xt, sigma / total * xt);
        }
      }
    }

    @Override
    public void close() {}
  }

  private static Batch draw(Head head) {
    SeededBatches batches =
        new SeededBatches(new DdimSolver(0), Spacing.STRIDE.grid(20, PROCESS), 3, 4, SHAPE);
    Denoiser denoiser =
        new NetworkDenoiser(new Best(head), head, PROCESS, VarianceType.BETA_TILDE.variance());
    return batches.draw(denoiser, 0, Condition.none(4), StepListener.NONE);
  }

  @Test
  void samplesAreThoseOfAnotherHead() {
    float[] expected = draw(PredictionType.EPSILON.head()).data();
    float[] drawn = draw(new Toy()).data();
    for (int i = 0; i < drawn.length; i++) {
      assertEquals(expected[i], drawn[i], 2e-4 * (1 + Math.abs(expected[i])), "value " + i);
    }
  }
}
