package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Target;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * For x0 ~ N(0, σ0²) the best prediction is known in closed form and linear in x_t, and so is the
 * variance of what a sampler makes of it. Every shift of an index by one shows.
 */
class GaussianOracleTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(ScheduleConfig.DEFAULTS);
  private static final NoiseProcess PROCESS = new DiscreteProcess(SCHEDULE);

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
      check(beta, new AncestralSolver(1), large, 1000, dataVariance);
      check(betaTilde, new AncestralSolver(1), small, 1000, dataVariance);
      check(ddim10, new DdimSolver(0), small, 10, dataVariance);
      check(ddim50, new DdimSolver(0), small, 50, dataVariance);
      check(ddim1000, new DdimSolver(0), small, 1000, dataVariance);
      check(betaTilde, new DdimSolver(1), small, 1000, dataVariance);
    }
  }

  /** The reverse SDE ends at the data, the closer the more steps there are. */
  @ParameterizedTest
  @CsvSource({"0.25", "1", "4"})
  void stepsOfTheSdeApproachTheData(double dataVariance) {
    DiffusionConfig config = new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, false);
    for (LinearSolver solver : List.of(new EulerMaruyamaSolver(), new ReverseDiffusionSolver())) {
      double few = exact(solver, config, Spacing.UNIFORM.grid(250, PROCESS), dataVariance);
      double all = exact(solver, config, Spacing.UNIFORM.grid(1000, PROCESS), dataVariance);
      assertEquals(dataVariance, all, 0.02 * dataVariance, solver.toString());
      double smaller = Math.abs(all - dataVariance) / Math.abs(few - dataVariance);
      assertEquals(0.25, smaller, 0.1, solver + ": of order 1");
    }
  }

  private static void check(
      double expected, LinearSolver solver, DiffusionConfig config, int count, double variance) {
    TimeGrid grid = Spacing.STRIDE.grid(count, PROCESS);
    String what = config.prediction() + ", data variance " + variance;
    assertEquals(
        expected, exact(solver, config, grid, variance), 3e-10 * expected, what + ", exact");
    assertEquals(
        expected, run(solver, config, grid, variance), 3e-5 * expected, what + ", in float");
  }

  /** What the best prediction multiplies x_t with. */
  private static double gain(PredictionType prediction, double dataVariance, int t) {
    double signal = SCHEDULE.alphaCumprod(t);
    double total = dataVariance * signal + SCHEDULE.oneMinusAlphaCumprod(t);
    Target target = prediction.head().target(PROCESS, t);
    return target.x0() * SCHEDULE.sqrtAlphaCumprod(t) * dataVariance / total
        + target.xt()
        + target.epsilon() * SCHEDULE.sqrtOneMinusAlphaCumprod(t) / total;
  }

  /** The variance from the coefficients, in double. */
  private static double exact(
      LinearSolver solver, DiffusionConfig config, TimeGrid grid, double dataVariance) {
    double variance = 1;
    for (Transition transition : PROCESS.transitions(grid.levels())) {
      LinearStep step = solver.step(transition, PROCESS, config.variance().variance());
      int t = (int) transition.from();
      Conversion toX0 = config.prediction().head().toX0(PROCESS, t);
      double x0 = toX0.xt() + toX0.output() * gain(config.prediction(), dataVariance, t);
      double factor = step.fromX0() * x0 + step.fromX();
      variance = factor * factor * variance + step.sigma() * step.sigma();
    }
    return variance;
  }

  /**
   * The variance from running the loop itself: the j-th draw of noise is the j-th unit vector, so
   * that pixel j ends as the response to it.
   */
  private static double run(
      Solver solver, DiffusionConfig config, TimeGrid grid, double dataVariance) {
    int pixels = grid.steps() + 1;
    Batch x = new Batch(1, 1, 1, pixels);
    int[] draws = {0};
    NoiseSource noise =
        (item, destination, offset, length) -> {
          Arrays.fill(destination, offset, offset + length, 0);
          destination[offset + draws[0]++] = 1;
        };
    noise.fill(0, x.data(), 0, pixels);
    Network oracle =
        new Network() {
          @Override
          public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
            double gain = gain(config.prediction(), dataVariance, (int) timesteps[0]);
            for (int i = 0; i < pixels; i++) {
              output.data()[i] = (float) (gain * xt.data()[i]);
            }
          }

          @Override
          public void close() {}
        };
    solver.solve(
        new Trajectory(
            config.denoiser(oracle, PROCESS),
            grid,
            x,
            Condition.none(1),
            noise,
            StepListener.NONE));
    double variance = 0;
    for (float response : x.data()) {
      variance += (double) response * response;
    }
    return variance;
  }
}
