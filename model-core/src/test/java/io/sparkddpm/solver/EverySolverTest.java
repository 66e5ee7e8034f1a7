package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every solver. */
class EverySolverTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  static List<Solver> solvers() {
    Churn churn = new Churn(10, 0, 100, 1);
    return List.of(
        AncestralSolver.DEFAULTS,
        DdimSolver.DEFAULTS,
        new DpmSolver(3),
        new DpmSingleStepSolver(2),
        new DpmSingleStepSolver(3),
        new UniPcSolver(2),
        new UniPcSolver(3),
        EulerSolver.DEFAULTS,
        new EulerSolver(churn),
        HeunSolver.DEFAULTS,
        new HeunSolver(churn),
        new EulerMaruyamaSolver(),
        new ReverseDiffusionSolver(),
        PredictorCorrectorSolver.DEFAULTS,
        new PredictorCorrectorSolver(PredictorCorrectorSolver.Predictor.ANCESTRAL, 2, 0.1),
        new RePaintSolver(2, 3));
  }

  /** All but that of tokens, whose steps are no Gaussian ones. */
  @Test
  void allAreTested() {
    assertEquals(
        Stream.of(Solver.class.getAnnotation(OneOf.class).value()).collect(Collectors.toSet()),
        Stream.concat(solvers().stream().map(Object::getClass), Stream.of(TokenSolver.class))
            .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void anItemDependsOnItsIndexOnly(Solver solver) {
    TimeGrid grid = Spacing.KARRAS.grid(20, PROCESS);
    SeededBatches together = new SeededBatches(solver, grid, 5, 4, Shape.of(2));
    SeededBatches alone = new SeededBatches(solver, grid, 5, 1, Shape.of(2));
    MixtureDenoiser mixture = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
    Batch four = together.draw(mixture, 2, Condition.none(4), StepListener.NONE);
    for (int n = 0; n < 4; n++) {
      Batch one = alone.draw(mixture, 8 + n, Condition.none(1), StepListener.NONE);
      assertArrayEquals(one.data(), Arrays.copyOfRange(four.data(), 2 * n, 2 * n + 2));
    }
  }

  /** The listener hears of each step once; a denoiser is asked as often as the solver says. */
  @ParameterizedTest
  @MethodSource("solvers")
  void evaluationsAndSteps(Solver solver) {
    MixtureDenoiser mixture = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
    int[] evaluations = {0};
    Denoiser counting =
        new Denoiser() {
          @Override
          public NoiseProcess process() {
            return PROCESS;
          }

          @Override
          public Variance variance() {
            return mixture.variance();
          }

          @Override
          public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
            evaluations[0]++;
            assertEquals(3, x.count());
            assertTrue(levels[0] >= 0 && levels[0] <= 999, "level " + levels[0]);
            mixture.predict(x, levels, condition, reading);
          }
        };
    for (int steps : new int[] {1, 2, 3, 4, 9}) {
      evaluations[0] = 0;
      List<Integer> heard = new ArrayList<>();
      solver.sample(
          counting,
          Spacing.TRAILING.grid(steps, PROCESS),
          new SeededNoise(1, 0, 3),
          Condition.none(3),
          Shape.of(2),
          (step, level, xt, x0) -> heard.add(step));
      assertEquals(solver.evaluations(steps), evaluations[0], solver + " in " + steps);
      assertEquals(Stream.iterate(0, i -> i + 1).limit(steps).toList(), heard);
    }
  }

  /** A solver says that it adds noise where it draws any. */
  @ParameterizedTest
  @MethodSource("solvers")
  void noise(Solver solver) {
    int[] draws = {0};
    NoiseSource counting =
        (item, to, offset, length) -> {
          draws[0]++;
          Arrays.fill(to, offset, offset + length, 0.1f);
        };
    Batch x = new Batch(1, Shape.of(2));
    solver.solve(
        new Trajectory(
            new MixtureDenoiser(GaussianMixture.PLANE, PROCESS),
            Spacing.KARRAS.grid(9, PROCESS),
            x,
            Condition.none(1),
            counting,
            StepListener.NONE));
    assertEquals(draws[0] > 0, solver.addsNoise(), solver + " drew " + draws[0]);
  }

  /** Whatever a network predicts, its head makes the same x0 of it. */
  @ParameterizedTest
  @MethodSource("solvers")
  void everyHead(Solver solver) {
    float[] expected = sample(solver, PredictionType.EPSILON, VarianceType.BETA_TILDE);
    for (PredictionType prediction : PredictionType.values()) {
      float[] drawn = sample(solver, prediction, VarianceType.BETA_TILDE);
      assertArrayEquals(expected, drawn, 2e-3f, solver + " with " + prediction);
    }
  }

  /** A v of −1 is β̃, for those that use the denoiser's variance and for those that do not. */
  @ParameterizedTest
  @MethodSource("solvers")
  void learnedVariance(Solver solver) {
    assertArrayEquals(
        sample(solver, PredictionType.EPSILON, VarianceType.BETA_TILDE),
        sample(solver, PredictionType.EPSILON, VarianceType.LEARNED_RANGE),
        1e-4f,
        solver.toString());
  }

  private static float[] sample(Solver solver, PredictionType prediction, VarianceType variance) {
    DiffusionConfig config = new DiffusionConfig(prediction, variance, false);
    boolean learned = variance == VarianceType.LEARNED_RANGE;
    return solver
        .sample(
            config.denoiser(new PerfectNetwork(prediction, learned), PROCESS, learned),
            Spacing.UNIFORM.grid(40, PROCESS),
            new SeededNoise(3, 0, 2),
            Condition.none(2),
            Shape.of(2),
            StepListener.NONE)
        .data();
  }

  /**
   * What a network would give that knew the mixture.
   *
   * @param learned whether −1 follows for the variance of each element
   */
  private record PerfectNetwork(PredictionType prediction, boolean learned) implements Network {
    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      Reading seen = Reading.ofX0AndEpsilon(x.count(), x.shape());
      new MixtureDenoiser(GaussianMixture.PLANE, PROCESS).predict(x, levels, condition, seen);
      Arrays.fill(output.data(), -1);
      for (int n = 0; n < x.count(); n++) {
        for (int j = 0; j < x.itemLength(); j++) {
          int i = x.offset(n) + j;
          output.data()[output.offset(n) + j] =
              (float)
                  prediction
                      .head()
                      .target(PROCESS, levels[n])
                      .of(seen.x0().data()[i], x.data()[i], seen.epsilon().data()[i]);
        }
      }
    }

    @Override
    public void close() {}
  }

  /**
   * A Langevin step of size δ towards N(0, V) leaves V/(1 − δ/2V), 2.6 % too much with r = 0.16;
   * the predictor's own error is of that order too.
   */
  @Test
  void langevinStepsKeepTheVarianceOfTheData() {
    DiffusionConfig config = new DiffusionConfig(PredictionType.X0, VarianceType.BETA_TILDE, false);
    Network wiener =
        new Network() {
          @Override
          public void forward(Batch x, double[] levels, Condition condition, Batch output) {
            for (int i = 0; i < x.data().length; i++) {
              double alpha = PROCESS.alpha(levels[0]);
              double sigma = PROCESS.sigma(levels[0]);
              double gain = 0.25 * alpha / (0.25 * alpha * alpha + sigma * sigma);
              output.data()[i] = (float) (gain * x.data()[i]);
            }
          }

          @Override
          public void close() {}
        };
    Batch x =
        PredictorCorrectorSolver.DEFAULTS.sample(
            config.denoiser(wiener, PROCESS),
            Spacing.UNIFORM.grid(250, PROCESS),
            new SeededNoise(1, 0, 64),
            Condition.none(64),
            Shape.of(256),
            StepListener.NONE);
    double squares = 0;
    for (float value : x.data()) {
      squares += (double) value * value;
    }
    assertEquals(0.25, squares / x.data().length, 0.05 * 0.25);
  }

  @Test
  void optionsAreChecked() {
    assertMessage("order must be 2 or 3, got 1", () -> new DpmSingleStepSolver(1));
    assertMessage("order must be in [1, 3], got 4", () -> new UniPcSolver(4));
    assertMessage("amount must be at least 0, got -1.0", () -> new Churn(-1, 0, 1, 1));
    assertMessage("need 0 <= from <= to, got 2.0 and 1.0", () -> new Churn(0, 2, 1, 1));
    assertMessage("noise must be at least 0, got NaN", () -> new Churn(0, 1, 1, Double.NaN));
    PredictorCorrectorSolver.Predictor predictor =
        PredictorCorrectorSolver.Predictor.EULER_MARUYAMA;
    assertMessage(
        "snr must be above 0, got 0.0", () -> new PredictorCorrectorSolver(predictor, 1, 0));
    assertMessage(
        "corrections must be at least 1, got 0",
        () -> new PredictorCorrectorSolver(predictor, 0, 0.1));
  }

  private static void assertMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }
}
