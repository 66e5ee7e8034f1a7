package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.schedule.Spacing;
import io.sparkddpm.tensor.Batch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * For x0 ~ N(0, σ0²) the best prediction is known in closed form and linear in x_t, and so is the
 * variance of what a sampler makes of it. Every shift of an index by one shows.
 */
class GaussianOracleTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(ScheduleConfig.DEFAULTS);

  @ParameterizedTest
  @CsvSource({
    "0.25, 0.250752075007, 0.246125211360, 0.139972129866, 0.223198715519, 0.248497547169",
    "1,    0.999900000,    0.991067376352, 0.691718031533, 0.929448841649, 0.996252106268",
    "4,    3.990569288706, 3.974776570676, 2.957985458523, 3.766035043162, 3.987418769731"
  })
  void goldenVariances(
      double dataVariance,
      double beta,
      double betaTilde,
      double ddim10,
      double ddim50,
      double ddim1000) {
    for (PredictionType prediction : PredictionType.values()) {
      DiffusionConfig large = new DiffusionConfig(prediction, VarianceType.BETA, false);
      DiffusionConfig small = new DiffusionConfig(prediction, VarianceType.BETA_TILDE, false);
      check(beta, new AncestralSampler(SCHEDULE, large, 1).table(), prediction, dataVariance);
      check(betaTilde, new AncestralSampler(SCHEDULE, small, 1).table(), prediction, dataVariance);
      check(ddim10, ddim(small, 10, 0), prediction, dataVariance);
      check(ddim50, ddim(small, 50, 0), prediction, dataVariance);
      check(ddim1000, ddim(small, 1000, 0), prediction, dataVariance);
      check(betaTilde, ddim(small, 1000, 1), prediction, dataVariance);
    }
  }

  private static LinearSteps ddim(DiffusionConfig config, int steps, double eta) {
    return new DdimSampler(SCHEDULE, config, Spacing.STRIDE.timesteps(steps, 1000), eta).table();
  }

  private static void check(
      double expected, LinearSteps steps, PredictionType prediction, double dataVariance) {
    String what = prediction + ", data variance " + dataVariance;
    assertEquals(
        expected, exact(steps, prediction, dataVariance), 3e-10 * expected, what + ", exact");
    assertEquals(
        expected, run(steps, prediction, dataVariance), 3e-5 * expected, what + ", in float");
  }

  /** What the best prediction multiplies x_t with. */
  private static double gain(PredictionType prediction, double dataVariance, int t) {
    double signal = SCHEDULE.alphaCumprod(t);
    double noise = SCHEDULE.oneMinusAlphaCumprod(t);
    double epsilon = SCHEDULE.sqrtOneMinusAlphaCumprod(t) / (dataVariance * signal + noise);
    Conversion conversion = Conversion.of(SCHEDULE, t, PredictionType.EPSILON, prediction);
    return conversion.xt() + conversion.value() * epsilon;
  }

  /** The variance from the coefficients, in double. */
  private static double exact(LinearSteps steps, PredictionType prediction, double dataVariance) {
    double variance = 1;
    for (int k = steps.count() - 1; k >= 0; k--) {
      LinearSteps.Step step = steps.step(k);
      double gain = gain(prediction, dataVariance, step.timestep());
      double x0 = step.toX0().xt() + step.toX0().value() * gain;
      double factor = step.fromX0() * x0 + step.fromXt() + step.fromPrediction() * gain;
      variance = factor * factor * variance + step.sigma() * step.sigma();
    }
    return variance;
  }

  /**
   * The variance from running the loop itself: the j-th draw of noise is the j-th unit vector, so
   * that pixel j ends as the response to it.
   */
  private static double run(LinearSteps steps, PredictionType prediction, double dataVariance) {
    int pixels = steps.count() + 1;
    Batch x = new Batch(1, 1, 1, pixels);
    int[] draws = {0};
    NoiseSource noise =
        (image, destination, offset, length) -> {
          java.util.Arrays.fill(destination, offset, offset + length, 0);
          destination[offset + draws[0]++] = 1;
        };
    noise.fill(0, x.data(), 0, pixels);
    Network oracle =
        new Network() {
          @Override
          public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
            double gain = gain(prediction, dataVariance, (int) timesteps[0]);
            for (int i = 0; i < pixels; i++) {
              output.data()[i] = (float) (gain * xt.data()[i]);
            }
          }

          @Override
          public void close() {}
        };
    steps.denoise(oracle, noise, x, steps.count() - 1, StepListener.NONE);
    double variance = 0;
    for (float response : x.data()) {
      variance += (double) response * response;
    }
    return variance;
  }
}
