package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The full loops of the test suite of huggingface/diffusers: a made-up model, made-up images, and
 * the sum of absolute values at the end.
 */
class DiffusersLoopTest {
  private static final int COUNT = 4;
  private static final int LENGTH = 3 * 8 * 8;

  @Test
  void torchStream() {
    float[] first = new TorchNormals(0).draw(16);
    assertEquals(-1.1258398f, first[0], 2e-7f);
    assertEquals(-1.1523602f, first[1], 2e-7f);
    assertEquals(-0.25057858f, first[2], 2e-7f);
    assertEquals(-0.43387884f, first[3], 2e-7f);
  }

  @Test
  void ddimTenSteps() {
    double clean = NoiseProcess.CLEAN;
    assertEquals(172.0067, ddim(1e-4, PredictionType.EPSILON, clean), 1e-3);
    assertEquals(52.5302, ddim(1e-4, PredictionType.V, clean), 1e-3);
    assertEquals(149.8295, ddim(0.01, PredictionType.EPSILON, clean), 1e-3);
    assertEquals(149.0784, ddim(0.01, PredictionType.EPSILON, 0), 1e-3); // "set_alpha_to_one" off
  }

  @Test
  void ddpmThousandSteps() {
    assertEquals(258.9606, ddpm(PredictionType.EPSILON, 1), 2e-3);
    assertEquals(202.0296, ddpm(PredictionType.V, 1), 2e-3);
  }

  @Test
  void ddpmWithoutNoise() {
    assertEquals(0.6609351890, ddpm(PredictionType.EPSILON, 0), 1e-5);
    assertEquals(0.1132221950, ddpm(PredictionType.V, 0), 1e-5);
  }

  @Test
  void ddpmFromAlmostTheEnd() {
    Batch x = images(false);
    GaussianDiffusion diffusion =
        new GaussianDiffusion(schedule(1e-4), config(PredictionType.EPSILON));
    int[] t = new int[COUNT];
    Arrays.fill(t, 1);
    diffusion.qSample(x, t, images(true), x);
    solve(new AncestralSolver(1), 1e-4, diffusion.config(), TimeGrid.of(1, 0, -1), x);
    // diffusers' float32 tables lose four digits of 1−ᾱ at t=0 and 1, hence 387.9466 there; the
    // same loop with tables in double, in numpy, gives 387.96725
    assertEquals(387.9466, sum(x), 0.03);
    assertEquals(387.9672508845, sum(x), 1e-4);
  }

  /** diffusers' variance of a DDIM step from 420 to 400 and from 980 to 960. */
  @Test
  void ddimVariances() {
    DdimSolver solver = new DdimSolver(1);
    NoiseProcess process = new DiscreteProcess(schedule(1e-4));
    Transition[] steps = process.transitions(Spacing.STRIDE.grid(50, process).levels());
    Variance none = VarianceType.BETA.variance();
    assertEquals(420, steps[28].from());
    assertEquals(0.14771, Math.pow(solver.step(steps[28], process, none).sigma(), 2), 1e-5);
    assertEquals(0.32460, Math.pow(solver.step(steps[0], process, none).sigma(), 2), 1e-5);
  }

  private static double ddim(double betaStart, PredictionType prediction, double end) {
    double[] levels = new double[11];
    for (int i = 0; i < 10; i++) {
      levels[i] = 900 - 100 * i;
    }
    levels[10] = end;
    Batch x = images(false);
    solve(
        new DdimSolver(0, DdimSolver.Epsilon.PREDICTED),
        betaStart,
        config(prediction),
        TimeGrid.of(levels),
        x);
    return sum(x);
  }

  private static double ddpm(PredictionType prediction, double noiseScale) {
    Batch x = images(false);
    TimeGrid grid = Spacing.UNIFORM.grid(1000, new DiscreteProcess(schedule(1e-4)));
    solve(new AncestralSolver(noiseScale), 1e-4, config(prediction), grid, x);
    return sum(x);
  }

  private static void solve(
      Solver solver, double betaStart, DiffusionConfig config, TimeGrid grid, Batch x) {
    NoiseProcess process = new DiscreteProcess(schedule(betaStart));
    solver.solve(
        new Trajectory(
            config.denoiser(new MadeUpModel(), process),
            grid,
            x,
            Condition.none(x.count()),
            torchNoise(),
            StepListener.NONE));
  }

  private static NoiseSchedule schedule(double betaStart) {
    return NoiseSchedule.of(new LinearSchedule(1000, betaStart, 0.02));
  }

  private static DiffusionConfig config(PredictionType prediction) {
    return new DiffusionConfig(prediction, VarianceType.BETA_TILDE, true);
  }

  /** arange(768)/768 (or reversed) laid out as [C, H, W, B], transposed to [B, C, H, W]. */
  private static Batch images(boolean reversed) {
    Batch x = new Batch(COUNT, 3, 8, 8);
    int total = COUNT * LENGTH;
    for (int b = 0; b < COUNT; b++) {
      for (int i = 0; i < LENGTH; i++) {
        int place = i * COUNT + b;
        x.data()[x.offset(b) + i] = (reversed ? total - 1 - place : place) / (float) total;
      }
    }
    return x;
  }

  private static double sum(Batch x) {
    double sum = 0;
    for (float value : x.data()) {
      sum += Math.abs(value);
    }
    return sum;
  }

  private static NoiseSource torchNoise() {
    TorchNormals normals = new TorchNormals(0);
    float[][] draw = new float[1][];
    return (image, destination, offset, length) -> {
      if (image == 0) {
        draw[0] = normals.draw(COUNT * LENGTH);
      }
      System.arraycopy(draw[0], image * LENGTH, destination, offset, length);
    };
  }

  /** x·t/(t+1). */
  private static final class MadeUpModel implements Network {
    @Override
    public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
      for (int i = 0; i < xt.data().length; i++) {
        int t = (int) timesteps[i / xt.itemLength()];
        output.data()[i] = xt.data()[i] * t / (t + 1);
      }
    }

    @Override
    public void close() {}
  }
}
