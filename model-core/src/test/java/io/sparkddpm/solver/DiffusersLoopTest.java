package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.schedule.Spacing;
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
    assertEquals(172.0067, ddim(1e-4, PredictionType.EPSILON, 1.0), 1e-3);
    assertEquals(52.5302, ddim(1e-4, PredictionType.V, 1.0), 1e-3);
    assertEquals(149.8295, ddim(0.01, PredictionType.EPSILON, 1.0), 1e-3);
    NoiseSchedule schedule = schedule(0.01);
    assertEquals(149.0784, ddim(0.01, PredictionType.EPSILON, schedule.alphaCumprod(0)), 1e-3);
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
    Sampler sampler = new AncestralSampler(schedule(1e-4), diffusion.config(), 1);
    sampler.denoise(new MadeUpModel(), torchNoise(), x, 1, StepListener.NONE);
    // diffusers' float32 tables lose four digits of 1−ᾱ at t=0 and 1, hence 387.9466 there; the
    // same loop with tables in double, in numpy, gives 387.96725
    assertEquals(387.9466, sum(x), 0.03);
    assertEquals(387.9672508845, sum(x), 1e-4);
  }

  /** diffusers' variance of a DDIM step from 420 to 400 and from 980 to 960. */
  @Test
  void ddimVariances() {
    DdimSampler sampler =
        new DdimSampler(
            schedule(1e-4), config(PredictionType.EPSILON), Spacing.STRIDE.timesteps(50, 1000), 1);
    assertEquals(0.14771, Math.pow(sampler.table().step(21).sigma(), 2), 1e-5);
    assertEquals(0.32460, Math.pow(sampler.table().step(49).sigma(), 2), 1e-5);
  }

  private static double ddim(double betaStart, PredictionType prediction, double finalAlpha) {
    Sampler sampler =
        new DdimSampler(
            schedule(betaStart),
            config(prediction),
            Spacing.STRIDE.timesteps(10, 1000),
            0,
            false,
            finalAlpha);
    Batch x = images(false);
    sampler.denoise(new MadeUpModel(), torchNoise(), x, 9, StepListener.NONE);
    return sum(x);
  }

  private static double ddpm(PredictionType prediction, double noiseScale) {
    Sampler sampler = new AncestralSampler(schedule(1e-4), config(prediction), noiseScale);
    Batch x = images(false);
    sampler.denoise(new MadeUpModel(), torchNoise(), x, 999, StepListener.NONE);
    return sum(x);
  }

  private static NoiseSchedule schedule(double betaStart) {
    return NoiseSchedule.of(new ScheduleConfig(ScheduleConfig.Type.LINEAR, 1000, betaStart, 0.02));
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
