package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

class DynamicThresholdTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  private static final Network ECHO =
      new Network() {
        @Override
        public void forward(Batch x, double[] levels, Condition condition, Batch output) {
          System.arraycopy(x.data(), 0, output.data(), 0, x.data().length);
        }

        @Override
        public void close() {}
      };

  private static Reading read(double share, float... values) {
    DiffusionConfig config = new DiffusionConfig(PredictionType.X0, VarianceType.BETA, false);
    int items = values.length / 5;
    Reading reading = Reading.ofX0AndEpsilon(items, Shape.of(5));
    new DynamicThreshold(config.unclipped(ECHO, PROCESS, false), share)
        .predict(
            new Batch(values, items, Shape.of(5)),
            new double[items],
            Condition.none(items),
            reading);
    return reading;
  }

  /** As torch.quantile: the share 0.75 of five values is the fourth. */
  @Test
  void eachItemIsDividedByItsOwnQuantile() {
    float[] x0 = read(0.75, 0.1f, -8, 4, 2, -1, 0.5f, -0.5f, 0.9f, 3, 0).x0().data();
    float[] expected = {0.025f, -1, 1, 0.5f, -0.25f, 0.5f, -0.5f, 0.9f, 1, 0};
    assertArrayEquals(expected, x0, 1e-7f);
  }

  @Test
  void betweenTwoValuesItIsLinear() {
    float[] x0 = read(0.9, 0, 0, 0, 2, -4).x0().data(); // at 0.6 from 2 to 4
    assertArrayEquals(new float[] {0, 0, 0, 2 / 3.2f, -1}, x0, 1e-7f);
    assertArrayEquals(new float[] {0, 0, 0, 0.5f, -1}, read(1, 0, 0, 0, 2, -4).x0().data(), 1e-7f);
  }

  @Test
  void epsilonStaysAsPredicted() {
    Reading reading = read(1, 1, 2, 3, 4, 5);
    double expected = (5 - PROCESS.alpha(0) * 5) / PROCESS.sigma(0);
    assertEquals(expected, reading.epsilon().data()[4], 1e-6);
  }

  @Test
  void theShareIsChecked() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> read(0, 1, 2, 3, 4, 5));
    assertEquals("the share must be in (0, 1], got 0.0", e.getMessage());
  }
}
