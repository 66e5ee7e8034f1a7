package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.interchange.ForeignWeights;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The autoencoder against diffusers' outputs in float64. */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class TorchAutoencoderTest {
  /** Five times the error of diffusers itself in float32. */
  private static final double TOLERANCE = 1e-4;

  private static final AutoencoderConfig CONFIG =
      new AutoencoderConfig(16, 3, 4, 32, List.of(1, 2), 1, true, true, 32, 0);

  @Test
  void momentsAndDecodedLatents() throws IOException {
    Path folder = Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "autoencoder_kl");
    Map<String, NpyArray> golden;
    try (InputStream in = Files.newInputStream(folder.resolve("golden.npz"))) {
      golden = Npz.read(in, "golden.npz");
    }
    float[] weights;
    Path file = folder.resolve("diffusion_pytorch_model.safetensors");
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      TensorGroup group = new TensorGroup("", SafetensorsFile.read(channel, file.toString()));
      weights =
          new ForeignWeights(file.toString(), CONFIG.spec().layout())
              .read(List.of(group), Optional.empty());
    }
    int encoder = (int) CONFIG.encoder().spec().parameterCount();
    float[] first = Arrays.copyOf(weights, encoder);
    float[] last = Arrays.copyOfRange(weights, encoder, weights.length);
    check(CONFIG.encoder(), first, golden.get("x"), golden.get("moments_f64"));
    check(CONFIG.decoder(), last, golden.get("mean_f64"), golden.get("decoded_mean_f64"));
    check(CONFIG.decoder(), last, golden.get("z"), golden.get("decoded_z_f64"));
  }

  private static void check(
      NetworkConfig config, float[] weights, NpyArray input, NpyArray expected) {
    try (TrainableNetwork network =
        new TorchEngine(TorchConfig.DEFAULTS, 0).create(config, OptimizerConfig.DEFAULTS, 1)) {
      network.loadParameters(weights);
      float[] x = input.toFloats();
      int count = x.length / config.inputShape().length();
      Batch output = new Batch(count, config.outputShape());
      network.forward(
          new Batch(x, count, config.inputShape()),
          new double[count],
          Condition.none(count),
          output);
      double[] values = expected.toDoubles();
      assertEquals(values.length, output.data().length);
      for (int i = 0; i < values.length; i++) {
        assertEquals(values[i], output.data()[i], TOLERANCE, "at " + i);
      }
    }
  }
}
