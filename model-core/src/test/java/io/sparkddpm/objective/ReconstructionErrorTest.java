package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ReconstructionObjective.Error;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReconstructionErrorTest {
  private static final int N = 3;
  private static final Shape IMAGE = Shape.of(2, 3, 3);
  private static final Shape OUTPUT = Shape.of(18 + 2 * 4, 1, 1);
  private static final float[] WEIGHTS = {1, 0.5f, 3};

  private static Batch noise(int count, Shape shape, long key) {
    Batch batch = new Batch(count, shape);
    RandomStream.of(5, Purpose.NOISE, key).fillGaussian(batch.data(), 0, batch.data().length);
    return batch;
  }

  private static TrainingBatch batch(Batch x0, float[] weights) {
    int count = x0.count();
    Batch xt = noise(count, x0.shape(), 1);
    NetworkInput input =
        new NetworkInput(xt, new double[count], Condition.none(count), new long[count]);
    return new TrainingBatch(1, 2, input, x0, xt.like(), new long[count], weights);
  }

  private static double total(Objective objective, TrainingBatch batch, float[] output) {
    ItemLosses losses = new ItemLosses(N);
    objective.evaluate(batch, 0, N, new Batch(output.clone(), N, OUTPUT), losses);
    double sum = 0;
    for (int n = 0; n < N; n++) {
      sum += batch.weights()[n] * losses.loss(n);
    }
    return sum / N;
  }

  @ParameterizedTest
  @EnumSource
  void theGradientIsTheSlopeOfTheLoss(Error error) {
    Objective objective = new ReconstructionError(error, 0.3);
    TrainingBatch batch = batch(noise(N, IMAGE, 0), WEIGHTS);
    assertSame(batch.x0(), objective.input(batch).x());
    float[] y = noise(N, OUTPUT, 2).data();
    Batch gradient = new Batch(y.clone(), N, OUTPUT);
    objective.evaluate(batch, 0, N, gradient, new ItemLosses(N));
    float step = 1f / 1024;
    for (int i = 0; i < y.length; i++) {
      float[] moved = y.clone();
      moved[i] = y[i] + step;
      double above = total(objective, batch, moved);
      moved[i] = y[i] - step;
      double below = total(objective, batch, moved);
      double slope = (above - below) / (2 * step);
      assertEquals(slope, gradient.data()[i], 1e-6 * (1 + Math.abs(slope)), "at " + i);
    }
  }

  @Test
  void anImageThatComesBackFromAStandardNormalLatentCostsNothing() {
    Batch x0 = noise(1, IMAGE, 0);
    Batch output = new Batch(1, OUTPUT);
    System.arraycopy(x0.data(), 0, output.data(), 0, IMAGE.length());
    ItemLosses losses = new ItemLosses(1);
    new ReconstructionError(Error.L2, 1).evaluate(batch(x0, new float[] {1}), 0, 1, output, losses);
    assertEquals(0, losses.loss(0), 0);
    assertEquals(0, losses.squaredError(0), 0);
  }

  @EnabledIfEnvironmentVariable(
      named = "DDPM_TEST_GOLDEN",
      matches = ".+",
      disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
  @Test
  void theDivergenceIsDiffusers() throws IOException {
    Path file =
        Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "autoencoder_kl", "golden.npz");
    Map<String, NpyArray> golden;
    try (InputStream in = Files.newInputStream(file)) {
      golden = Npz.read(in, file.toString());
    }
    float[] moments = golden.get("moments_f64").toFloats();
    double[] expected = golden.get("kl_f64").toDoubles();
    int length = moments.length / expected.length;
    Batch x0 = new Batch(expected.length, Shape.of(1));
    Batch output = new Batch(expected.length, Shape.of(1 + length));
    for (int n = 0; n < expected.length; n++) {
      System.arraycopy(moments, n * length, output.data(), output.offset(n) + 1, length);
    }
    ItemLosses losses = new ItemLosses(expected.length);
    new ReconstructionError(Error.L1, 1)
        .evaluate(batch(x0, new float[expected.length]), 0, expected.length, output, losses);
    for (int n = 0; n < expected.length; n++) { // the moments are rounded to float32
      assertEquals(expected[n], losses.loss(n), 1e-6 * expected[n]);
    }
  }

  @Test
  void networkAndObjectiveBelongTogether() {
    ObjectiveConfig reconstruction = ReconstructionObjective.DEFAULTS;
    DiffusionConfig diffusion = DiffusionConfig.DEFAULTS;
    reconstruction.checkNetwork(diffusion, AutoencoderConfig.DEFAULTS);
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> reconstruction.checkNetwork(diffusion, UNetConfig.DEFAULTS));
    assertEquals(
        "training.objective=reconstruction trains an autoencoder: set model.type=autoencoder",
        e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ObjectiveConfig.DEFAULTS.checkNetwork(diffusion, AutoencoderConfig.DEFAULTS));
    assertEquals(
        "model.type=autoencoder predicts no noise: set training.objective.type=reconstruction",
        e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ReconstructionError(Error.L1, 0).checkOutput(IMAGE, Shape.of(18)));
    assertEquals(
        "the objective takes an image of [2, 3, 3] with means and log-variances, the network's"
            + " outputs have shape [18]",
        e.getMessage());
  }
}
