package io.sparkddpm.spark.lab.doctor;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.executor.GpuBinding;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * Whether an engine computes in a process: one pass forward and backward of a small U-Net.
 *
 * @param arithmetic what decides its last bits there, by name; empty where it failed
 * @param checksum of the gradient's bits, equal in all processes whose arithmetic is
 * @param failure why it does not compute; empty where it does
 */
record EngineProbe(SortedMap<String, String> arithmetic, long checksum, String failure)
    implements Serializable {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0);
  private static final int IMAGES = 2;

  boolean fails() {
    return !failure.isEmpty();
  }

  /**
   * Computes in this process.
   *
   * @param threads of a task
   */
  static EngineProbe here(EngineFactory factory, int threads) {
    try {
      EngineFactory bound = GpuBinding.here().bind(factory);
      try (TrainableNetwork network = bound.create(NETWORK, OptimizerConfig.DEFAULTS, threads)) {
        network.load(TrainingState.initial(bound.initialParameters(NETWORK, 1)));
        return new EngineProbe(new TreeMap<>(bound.arithmetic()), checksum(gradient(network)), "");
      }
    } catch (RuntimeException | LinkageError e) { // native code that is missing or does not fit
      return new EngineProbe(new TreeMap<>(), 0, message(e));
    }
  }

  private static float[] gradient(TrainableNetwork network) {
    Batch x = new Batch(IMAGES, 3, 8, 8);
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] = (float) Math.sin(i);
    }
    Batch output = new Batch(IMAGES, 3, 8, 8);
    NetworkInput input =
        new NetworkInput(x, new double[] {10, 500}, Condition.none(IMAGES), new long[IMAGES]);
    network.forward(input, 0, IMAGES, false, output);
    network.backward(output, false, null);
    float[] gradient = new float[(int) NETWORK.spec().parameterCount()];
    network.storeGradient(gradient);
    return gradient;
  }

  private static long checksum(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
    bytes.asFloatBuffer().put(values);
    CRC32 crc = new CRC32();
    crc.update(Arrays.copyOf(bytes.array(), bytes.capacity()));
    return crc.getValue();
  }

  private static String message(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String text = cause.getMessage();
    return cause.getClass().getSimpleName()
        + (text == null ? "" : ": " + text.lines().findFirst().orElse(""));
  }
}
