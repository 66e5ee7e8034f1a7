package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SquaredErrorTest {
  private static final int N = 3;
  private static final Shape SHAPE = Shape.of(2, 5); // any shape will do
  private static final float[] WEIGHTS = {1, 0.5f, 3};

  private static GaussianDiffusion diffusion(PredictionType prediction) {
    return new GaussianDiffusion(
        NoiseSchedule.of(ScheduleConfig.DEFAULTS),
        new DiffusionConfig(prediction, VarianceType.BETA, true));
  }

  private static Batch noise(long key) {
    Batch batch = new Batch(N, SHAPE);
    RandomStream.of(5, Purpose.NOISE, key).fillGaussian(batch.data(), 0, batch.data().length);
    return batch;
  }

  private static TrainingBatch batch(GaussianDiffusion diffusion) {
    Batch x0 = noise(0);
    Batch epsilon = noise(1);
    Batch xt = x0.like();
    int[] timesteps = {0, 400, 999};
    diffusion.qSample(x0, timesteps, epsilon, xt);
    double[] levels = Arrays.stream(timesteps).asDoubleStream().toArray();
    NetworkInput input = new NetworkInput(xt, levels, Condition.none(N), new long[N]);
    return new TrainingBatch(1, 2, input, x0, epsilon, new long[] {7, 8, 9}, WEIGHTS);
  }

  private static double total(Objective objective, TrainingBatch batch, float[] output) {
    ItemLosses losses = new ItemLosses(N);
    objective.evaluate(batch, 0, N, new Batch(output.clone(), N, SHAPE), losses);
    double sum = 0;
    for (int n = 0; n < N; n++) {
      sum += batch.weights()[n] * losses.loss(n);
    }
    return sum / N;
  }

  @ParameterizedTest
  @EnumSource(PredictionType.class)
  void theGradientIsTheSlopeOfTheLossAndTheLossIsWhatThePaperSays(PredictionType prediction) {
    GaussianDiffusion diffusion = diffusion(prediction);
    TrainingBatch batch = batch(diffusion);
    Objective objective = new SquaredError(diffusion, (t, d) -> 0.25 + t / 100.0);
    float[] y = noise(2).data();
    Batch gradient = new Batch(y.clone(), N, SHAPE);
    ItemLosses losses = new ItemLosses(N);
    objective.evaluate(batch, 0, N, gradient, losses);
    for (int n = 0; n < N; n++) {
      double squares = 0;
      int t = batch.timestep(n);
      for (int i = gradient.offset(n); i < gradient.offset(n + 1); i++) {
        double target =
            diffusion.target(
                batch.x0().data()[i], batch.xt().data()[i], batch.epsilon().data()[i], t);
        squares += (y[i] - target) * (y[i] - target);
      }
      double mse = squares / SHAPE.length();
      double w = (float) (0.25 + t / 100.0);
      assertEquals(mse, losses.squaredError(n), 1e-6 * mse); // targets and differences are float32
      assertEquals(w * mse, losses.loss(n), 1e-6 * w * mse);
    }
    for (int i = 0; i < y.length; i++) { // a parabola's central difference is its slope
      float[] moved = y.clone();
      moved[i] = y[i] + 0.25f;
      double above = total(objective, batch, moved);
      double reach = moved[i];
      moved[i] = y[i] - 0.25f;
      reach -= moved[i];
      double slope = (above - total(objective, batch, moved)) / reach;
      assertEquals(slope, gradient.data()[i], 1e-5 * Math.max(1, Math.abs(slope)), "y[" + i + "]");
    }
  }

  /** Of ε as it is read from the output, against the variance 1/(H·W) of a channel's mean of ε. */
  @ParameterizedTest
  @EnumSource(PredictionType.class)
  void theErrorOfMeansIsThatOfTheNoise(PredictionType prediction) {
    GaussianDiffusion diffusion = diffusion(prediction);
    TrainingBatch batch = batch(diffusion);
    Batch y = noise(2);
    float[] outputs = y.data().clone();
    ItemLosses losses = new ItemLosses(N);
    new SquaredError(diffusion, new ConstantWeighting()).evaluate(batch, 0, N, y, losses);
    int area = SHAPE.length() / SHAPE.dim(0);
    for (int n = 0; n < N; n++) {
      Conversion read = prediction.head().toEpsilon(diffusion.process(), batch.timestep(n));
      double expected = 0;
      for (int c = 0; c < SHAPE.dim(0); c++) {
        double mean = 0;
        for (int i = y.offset(n) + c * area; i < y.offset(n) + (c + 1) * area; i++) {
          double epsilon = read.apply(batch.xt().data()[i], outputs[i]);
          mean += (epsilon - batch.epsilon().data()[i]) / area;
        }
        expected += mean * mean * area / SHAPE.dim(0);
      }
      // x_t is float32: at t = 0 it is read with a factor of 100 and more
      assertEquals(expected, losses.meanError(n), 1e-4 * expected, prediction + " " + n);
    }
  }

  @Test
  void itemsDoNotDependOnHowTheyAreGrouped() {
    GaussianDiffusion diffusion = diffusion(PredictionType.EPSILON);
    TrainingBatch batch = batch(diffusion);
    Objective objective = new SquaredError(diffusion, new BoundWeighting());
    Batch whole = noise(2);
    Batch parts = noise(2);
    ItemLosses one = new ItemLosses(N);
    ItemLosses two = new ItemLosses(N);
    objective.evaluate(batch, 0, N, whole, one);
    objective.evaluate(batch, 2, 3, parts, two);
    assertEquals(noise(2).data()[0], parts.data()[0], "left alone");
    objective.evaluate(batch, 0, 2, parts, two);
    assertArrayEquals(whole.data(), parts.data());
    assertArrayEquals(one.losses(), two.losses());
  }

  @Test
  void aPerfectPredictionCostsNothing() {
    GaussianDiffusion diffusion = diffusion(PredictionType.EPSILON);
    TrainingBatch batch = batch(diffusion);
    Batch output = noise(1);
    ItemLosses losses = new ItemLosses(N);
    new SquaredError(diffusion, new ConstantWeighting()).evaluate(batch, 0, N, output, losses);
    assertArrayEquals(new double[N], losses.losses());
    assertArrayEquals(new float[output.data().length], output.data());
  }

  @Test
  void outputsOfAnotherShapeAreRefused() {
    GaussianDiffusion diffusion = diffusion(PredictionType.EPSILON);
    Objective objective = new SquaredError(diffusion, new ConstantWeighting());
    Batch wide = new Batch(N, Shape.of(4, 5));
    assertEquals(
        "output must have shape [3, 2, 5], got [3, 4, 5]",
        assertThrows(
                IllegalArgumentException.class,
                () -> objective.evaluate(batch(diffusion), 0, N, wide, new ItemLosses(N)))
            .getMessage());
  }
}
