package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.network.UNetConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a training step is said to need, beside what it was measured to take. */
class TorchMemoryTest {
  private static final long MIB = 1 << 20;

  private static UNetConfig network(int size, int channels) {
    List<Integer> multipliers = size == 256 ? List.of(1, 1, 2, 2, 4, 4) : List.of(1, 2, 2, 2);
    double dropout = size == 256 ? 0 : 0.1;
    return new UNetConfig(size, 3, 3, channels, multipliers, 2, List.of(16), dropout);
  }

  /** Measured: the peak of bench, less the JVM, the libraries and the parameters on its heap. */
  @ParameterizedTest
  @CsvSource({"32, 32, 32, 665", "32, 128, 4, 873", "32, 128, 16, 1831", "256, 128, 1, 4129"})
  void coversWhatWasMeasuredByNotMuchMore(int size, int channels, int images, long measured) {
    TorchEngine engine = new TorchEngine(TorchConfig.DEFAULTS, 0);
    long bytes = engine.trainingBytes(network(size, channels), images);
    assertTrue(bytes >= measured * MIB, bytes / MIB + " MiB");
    assertTrue(bytes <= 1.25 * measured * MIB, bytes / MIB + " MiB");
  }

  @Test
  void bfloat16TakesLessAndACardTakesItsOwn() {
    UNetConfig network = network(32, 128);
    TorchConfig config = TorchConfig.DEFAULTS.withPrecision(Precision.BFLOAT16);
    long rounded = new TorchEngine(config, 0).trainingBytes(network, 16);
    assertTrue(rounded < new TorchEngine(TorchConfig.DEFAULTS, 0).trainingBytes(network, 16));
    TorchConfig card = new TorchConfig(Precision.BFLOAT16, TorchConfig.Device.CUDA, true);
    assertEquals(16 * 2 * 3 * 32 * 32 * 4, new TorchEngine(card, 0).trainingBytes(network, 16));
  }
}
