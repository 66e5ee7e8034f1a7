package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every parameter of the small presets' networks is reached by the gradient. */
class PresetGradientsTest {
  /** As many as there are classes. */
  private static final int ITEMS = 10;

  /** Gradients that vanish by cancellation are rounding, some 1e-7 of the others in float32. */
  private static final double DEAD = 1e-5;

  private static DdpmConfig config(String preset, String... assignments) {
    ConfigLayer layer =
        preset.equals("demo")
            ? Demo.defaults()
            : ConfigLayer.file(Path.of("..", "conf", preset + ".conf"));
    return ConfigBinder.bind(
        DdpmConfig.DEFAULTS,
        ConfigLayer.assignments("test", Arrays.asList(assignments)).over(layer));
  }

  /** Names of tensors whose gradient vanishes beside that of the others. */
  private static List<String> deadTensors(DdpmConfig config) {
    try (TrainableNetwork network =
        config.engineFactory().create(config.model(), config.optimizer(), 1)) {
      float[] values = new float[Math.toIntExact(config.model().spec().parameterCount())];
      fill(values, 0, 0.1f);
      network.loadParameters(values);
      Batch x = new Batch(ITEMS, network.inputShape());
      Batch direction = new Batch(ITEMS, network.outputShape());
      fill(x.data(), 1, 1);
      fill(direction.data(), 2, 1);
      NetworkInput input =
          new NetworkInput(
              x,
              IntStream.range(0, ITEMS).mapToDouble(i -> 90 * i + 50).toArray(),
              config.model().classes() > 0
                  ? Condition.labels(IntStream.range(0, ITEMS).toArray())
                  : Condition.none(ITEMS),
              new long[ITEMS]);
      network.forward(input, 0, ITEMS, false, direction.like());
      network.backward(direction, false, null);
      float[] gradient = new float[values.length];
      network.storeGradient(gradient);
      double all = rms(gradient, 0, gradient.length);
      return network.layout().stream()
          .filter(t -> rms(gradient, (int) t.offset(), (int) t.length()) < DEAD * all)
          .map(NamedTensor::name)
          .toList();
    }
  }

  private static void fill(float[] values, long key, float scale) {
    RandomStream.of(7, Purpose.INIT, key).fillGaussian(values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
  }

  private static double rms(float[] values, int offset, int length) {
    double sum = 0;
    for (int i = offset; i < offset + length; i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum / length);
  }

  /** A key's bias adds the same to all scores of a query: softmax takes it away again. */
  private static boolean isKeyBias(String tensor) {
    return tensor.endsWith(".k.bias");
  }

  @ParameterizedTest
  @ValueSource(strings = {"quick", "nightly", "demo"})
  void everyParameterGetsAGradient(String preset) {
    List<String> dead = deadTensors(config(preset));
    assertEquals(List.of(), dead.stream().filter(t -> !isKeyBias(t)).toList());
  }

  /** With one channel a group, norms take the time's shift away again. */
  @Test
  void instanceNormsTakeTheTimeAway() {
    List<String> dead = deadTensors(config("quick", "model.groups=32"));
    assertTrue(dead.contains("down_0_block_0.temb_proj.weight"), dead.toString());
  }
}
