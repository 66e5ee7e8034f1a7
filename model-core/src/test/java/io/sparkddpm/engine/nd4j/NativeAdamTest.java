package io.sparkddpm.engine.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.engine.OptimizerConfig;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The optimiser on ND4J's native operations. */
class NativeAdamTest {
  @Test
  void theNormIsSummedInDouble() {
    float[] values = new float[(1 << 20) + 12_345];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = i == 0 ? 4096 : 0.01f + i * 1e-9f; // the first swallows the rest in float32
      sum += (double) values[i] * values[i];
    }
    try (INDArray gradients = Nd4j.createFromArray(values)) {
      double norm = new NativeAdam(OptimizerConfig.DEFAULTS).norm(gradients);
      assertEquals(Math.sqrt(sum), norm, 1e-13 * norm);
    }
  }
}
