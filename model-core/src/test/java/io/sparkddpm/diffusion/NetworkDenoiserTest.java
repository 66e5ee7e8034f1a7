package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

class NetworkDenoiserTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(ScheduleConfig.DEFAULTS));

  /** Gives its input back, and the label after it where there is room. */
  private static final class Echo implements Network {
    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      for (int n = 0; n < x.count(); n++) {
        System.arraycopy(x.data(), x.offset(n), output.data(), output.offset(n), x.itemLength());
        for (int i = output.offset(n) + x.itemLength(); i < output.offset(n + 1); i++) {
          output.data()[i] = condition.label(n);
        }
      }
    }

    @Override
    public void close() {}
  }

  private static DiffusionConfig config(PredictionType prediction, boolean clip) {
    return new DiffusionConfig(prediction, VarianceType.BETA, clip);
  }

  @Test
  void x0IsClippedAndEpsilonIsNot() {
    Batch x = new Batch(new float[] {1, -0.5f}, 1, Shape.of(2));
    Reading reading = Reading.ofX0AndEpsilon(1, Shape.of(2));
    double[] levels = {999};
    Condition none = Condition.none(1);
    double alpha = PROCESS.alpha(999);
    double sigma = PROCESS.sigma(999);
    double gain = (1 - sigma) / alpha;
    config(PredictionType.EPSILON, false)
        .denoiser(new Echo(), PROCESS)
        .predict(x, levels, none, reading);
    assertEquals((float) gain, reading.x0().data()[0], 1e-6);
    config(PredictionType.X0, true)
        .denoiser(new Echo(), PROCESS)
        .predict(new Batch(new float[] {7, -0.5f}, 1, Shape.of(2)), levels, none, reading);
    assertEquals(1f, reading.x0().data()[0]);
    assertEquals(-0.5f, reading.x0().data()[1]);
    assertEquals((float) ((7 - alpha * 7) / sigma), reading.epsilon().data()[0], 1e-6);
  }

  @Test
  void everyItemHasItsLevel() {
    Batch x = new Batch(new float[] {1, 1, 1}, 3, Shape.of(1));
    Reading reading = Reading.ofX0(3, Shape.of(1));
    double[] levels = {0, 12.5, 0};
    config(PredictionType.V, false)
        .denoiser(new Echo(), PROCESS)
        .predict(x, levels, Condition.none(3), reading);
    for (int n = 0; n < 3; n++) {
      double expected = PROCESS.alpha(levels[n]) - PROCESS.sigma(levels[n]);
      assertEquals((float) expected, reading.x0().data()[n]);
    }
  }

  @Test
  void aHeadMayHaveMoreOutputsThanElements() {
    Head twice = new HeadWithVariance(PredictionType.X0.head());
    Batch x = new Batch(new float[] {1, 2, 3, 4}, 2, Shape.of(1, 2));
    Reading reading = Reading.ofX0(2, Shape.of(1, 2));
    new NetworkDenoiser(new Echo(), twice, PROCESS, VarianceType.BETA.variance())
        .predict(x, new double[2], Condition.labels(5, 6), reading);
    for (int i = 0; i < 4; i++) {
      assertEquals(x.data()[i], reading.x0().data()[i]);
    }
  }

  @Test
  void aReadingHasOnlyWhatWasRequested() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Reading.ofX0(1, Shape.of(1)).epsilon());
    assertEquals("this reading has no epsilon", e.getMessage());
  }
}
