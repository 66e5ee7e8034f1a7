package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network against an independent implementation in float64. */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class TorchGoldenTest {
  /** The tolerance of the default engine in float32. */
  private static final double TOLERANCE = 1e-4;

  /** Below this the golden gradients are rounding of a true 0. */
  private static final double VANISHING = 1e-15;

  private static final UNetConfig CONFIG =
      new UNetConfig(16, 3, 3, 32, List.of(1, 2), 1, List.of(8), 0);

  private static Map<String, NpyArray> golden;

  @BeforeAll
  static void read() throws IOException {
    String folder = System.getenv("DDPM_TEST_GOLDEN");
    Path file = Path.of(folder, "unet", "unet_16px_ch32.npz");
    try (InputStream in = Files.newInputStream(file)) {
      golden = Npz.read(in, file.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void predictionLossAndAllGradients(int threads) {
    try (TrainableNetwork model =
        new TorchEngine(TorchConfig.DEFAULTS, 0)
            .create(CONFIG, OptimizerConfig.DEFAULTS, threads)) {
      float[] parameters = new float[Batches.length(model)];
      for (NamedTensor tensor : model.layout()) {
        float[] values = floats("param/" + tensor.name());
        assertEquals(tensor.length(), values.length, tensor.name());
        System.arraycopy(values, 0, parameters, (int) tensor.offset(), values.length);
      }
      model.load(TrainingState.initial(parameters));
      double[] timesteps = golden.get("t").toDoubles();
      float[] ones = new float[timesteps.length];
      Arrays.fill(ones, 1);
      Batch x = images("x", timesteps.length);
      Batch y = new Batch(timesteps.length, 3, 16, 16);
      model.forward(x, timesteps, Condition.none(x.count()), y);
      assertClose("y", floats("y"), y.data(), 0);
      float[] gradient = new float[parameters.length];
      NetworkInput input =
          new NetworkInput(x, timesteps, Condition.none(x.count()), new long[timesteps.length]);
      TrainingBatch batch =
          new TrainingBatch(
              0, 0, input, x, images("eps", timesteps.length), new long[timesteps.length], ones);
      GaussianDiffusion process =
          new GaussianDiffusion(
              NoiseSchedule.of(ScheduleConfig.DEFAULTS), DiffusionConfig.DEFAULTS);
      TrainingStep step =
          new TrainingStep(
              model, new SquaredError(process, new ConstantWeighting()), OptimizerConfig.DEFAULTS);
      StepResult result = step.gradient(batch, gradient);
      double loss = golden.get("loss").toDoubles()[0];
      assertEquals(loss, result.loss(), TOLERANCE * loss);
      for (NamedTensor tensor : model.layout()) {
        assertClose(tensor.name(), floats("grad/" + tensor.name()), gradient, tensor.offset());
      }
    }
  }

  private static Batch images(String name, int count) {
    Batch batch = new Batch(count, 3, 16, 16);
    System.arraycopy(floats(name), 0, batch.data(), 0, batch.data().length);
    return batch;
  }

  private static float[] floats(String name) {
    double[] values = golden.get(name).toDoubles();
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  private static void assertClose(String name, float[] expected, float[] actual, long offset) {
    float[] mine = Arrays.copyOfRange(actual, (int) offset, (int) offset + expected.length);
    double norm = Batches.norm(expected, 0, expected.length);
    double distance = Batches.distance(expected, mine, 0, expected.length);
    double allowed = norm < VANISHING ? 1e-2 * TOLERANCE : TOLERANCE * norm;
    assertTrue(distance <= allowed, name + ": error " + distance + " of " + norm);
  }
}
