package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps whose variance a network gives, element by element. */
class LearnedVarianceSolverTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(new LinearSchedule(1000, 1e-4, 0.02)));

  private static final Shape SHAPE = Shape.of(3, 4, 4);

  /** The golden files' made-up model, whose v is given by a function of x and t. */
  private record MadeUp(DoubleBinaryOperator variance) implements Network {
    static double official(double x, double t) {
      return 0.9 * Math.tanh(0.7 * x - 0.3) * Math.cos(0.003 * t);
    }

    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      for (int n = 0; n < x.count(); n++) {
        double t = levels[n];
        for (int j = 0; j < x.itemLength(); j++) {
          double value = x.data()[x.offset(n) + j];
          int at = output.offset(n) + j;
          output.data()[at] =
              (float)
                  (value * (0.8 + 0.1 * Math.cos(0.01 * t))
                      + 0.2 * Math.sin(3 * value + 0.005 * t));
          if (variance != null) {
            output.data()[at + x.itemLength()] = (float) variance.applyAsDouble(value, t);
          }
        }
      }
    }

    @Override
    public void close() {}
  }

  private static DiffusionConfig config(VarianceType variance, boolean clip) {
    return new DiffusionConfig(PredictionType.EPSILON, variance, clip);
  }

  /** Steps from each of five of 20 respaced levels, as guided-diffusion takes them. */
  @ParameterizedTest
  @CsvSource({"linear, 0", "linear, 1", "cosine, 1"})
  void respacedStepsAreTheOfficialOnes(String schedule, int clip) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/guided_and_reverse.npz");
    NoiseProcess process =
        schedule.equals("linear")
            ? PROCESS
            : new DiscreteProcess(NoiseSchedule.of(new CosineSchedule(1000)));
    double[] grid = Spacing.UNIFORM.grid(20, process).levels();
    double[] indices = golden.get("T20/t").toDoubles();
    Denoiser denoiser =
        config(VarianceType.LEARNED_RANGE, clip == 1)
            .denoiser(new MadeUp(MadeUp::official), process);
    Denoiser pushed = new Pushed(denoiser);
    String prefix = schedule + "/T20/clip" + clip + "/";
    for (int i = 0; i < indices.length; i++) {
      int from = 19 - (int) indices[i];
      TimeGrid rest = TimeGrid.of(Arrays.copyOfRange(grid, from, from + 2));
      check(golden, prefix + "p_sample", i, new AncestralSolver(1), denoiser, rest);
      check(golden, prefix + "ddim_sample_eta0", i, new DdimSolver(0), denoiser, rest);
      check(golden, prefix + "ddim_sample_eta0_cond", i, new DdimSolver(0), pushed, rest);
      check(golden, prefix + "ddim_sample_eta0.5_cond", i, new DdimSolver(0.5), pushed, rest);
    }
  }

  private static void check(
      Map<String, NpyArray> golden,
      String name,
      int row,
      Solver solver,
      Denoiser denoiser,
      TimeGrid step) {
    float[] z = golden.get("noise").toFloats();
    NoiseSource noise =
        (item, to, offset, length) -> System.arraycopy(z, item * length, to, offset, length);
    Batch x = new Batch(golden.get("x").toFloats(), 2, SHAPE);
    solver.solve(new Trajectory(denoiser, step, x, Condition.none(2), noise, StepListener.NONE));
    double[] expected = golden.get(name).toDoubles();
    for (int j = 0; j < x.data().length; j++) {
      double right = expected[row * x.data().length + j];
      double tolerance = 1e-5 * Math.max(1, Math.abs(right));
      assertEquals(right, x.data()[j], tolerance, name + " " + row + " " + j);
    }
  }

  /** Guided by the golden files' gradient of a classifier: ε is that of x_0, less σ·g. */
  private record Pushed(Denoiser denoiser) implements Denoiser {
    @Override
    public NoiseProcess process() {
      return denoiser.process();
    }

    @Override
    public Variance variance() {
      return denoiser.variance();
    }

    @Override
    public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
      denoiser.predict(x, levels, condition, reading);
      for (int i = 0; i < x.data().length; i++) {
        double t = levels[i / x.itemLength()];
        double alpha = process().alpha(t);
        double sigma = process().sigma(t);
        double value = x.data()[i];
        double gradient = -0.3 * value + 0.05 * Math.cos(2 * value) * t / 1000;
        double epsilon = (value - alpha * reading.x0().data()[i]) / sigma - sigma * gradient;
        reading.x0().data()[i] = (float) ((value - sigma * epsilon) / alpha);
      }
    }
  }

  private static Batch sample(Solver solver, VarianceType variance, DoubleBinaryOperator v) {
    Denoiser denoiser = config(variance, true).denoiser(new MadeUp(v), PROCESS, v != null);
    return solver.sample(
        denoiser,
        Spacing.UNIFORM.grid(10, PROCESS),
        new SeededNoise(3, 0, 2),
        Condition.none(2),
        SHAPE,
        StepListener.NONE);
  }

  @Test
  void atTheEndsOfTheRangeSamplesAreThoseOfTheFixedVariances() {
    Solver solver = AncestralSolver.DEFAULTS;
    float[] small = sample(solver, VarianceType.BETA_TILDE, null).data();
    float[] large = sample(solver, VarianceType.BETA, null).data();
    assertArrayEquals(
        small, sample(solver, VarianceType.LEARNED_RANGE, (x, t) -> -1).data(), 1e-5f);
    assertArrayEquals(large, sample(solver, VarianceType.LEARNED_RANGE, (x, t) -> 1).data(), 1e-5f);
    assertFalse(Arrays.equals(small, large));
    assertArrayEquals(
        large, sample(solver, VarianceType.BETA, (x, t) -> 0.3).data(), "v is not used");
  }

  @Test
  void withoutNoiseItIsNotUsed() {
    for (Solver solver :
        new Solver[] {
          new AncestralSolver(0), new DdimSolver(0), new DdimSolver(0.5), new DpmSolver(2)
        }) {
      assertArrayEquals(
          sample(solver, VarianceType.BETA, null).data(),
          sample(solver, VarianceType.LEARNED_RANGE, MadeUp::official).data(),
          solver.toString());
    }
  }
}
