package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.kernels.Dropout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class TorchDropoutTest {
  /** On a graphics card with {@code -Dddpm.torch.device=CUDA}, where there is one. */
  private static final TorchConfig.Device DEVICE =
      TorchConfig.Device.valueOf(System.getProperty("ddpm.torch.device", "CPU"));

  @Test
  void masksAreThoseOfTheOtherEngine() {
    LibTorch library = LibTorch.open(new TorchConfig(Precision.FLOAT32, DEVICE, true), 0, 1);
    library.enter();
    int items = 3;
    int length = 40_000;
    for (double rate : new double[] {0.001, 0.1, 0.5, 0.999}) {
      Dropout dropout = new Dropout(rate, 5, new long[] {-1, 1L << 40, 123456789});
      float[] expected = new float[items * length];
      for (int n = 0; n < items; n++) {
        dropout.mask(n, expected, n * length, length);
      }
      float[] actual = new float[items * length];
      try (PointerScope scope = new PointerScope()) {
        Tensor mask = TorchDropout.mask(library, dropout, items, length);
        library.read(mask.to(ScalarType.Float), actual, 0, actual.length);
      }
      assertArrayEquals(expected, actual, "rate " + rate);
    }
  }
}
