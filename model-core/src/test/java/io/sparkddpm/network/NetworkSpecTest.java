package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.tensor.NamedTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkSpecTest {
  @Test
  void parameterCounts() {
    assertEquals(35_746_307, UNetConfig.DEFAULTS.spec().parameterCount());
    UNetConfig lsun = new UNetConfig(256, 3, 3, 128, List.of(1, 1, 2, 2, 4, 4), 2, List.of(16), 0);
    assertEquals(113_673_219, lsun.spec().parameterCount());
    UNetConfig large = new UNetConfig(256, 3, 3, 192, List.of(1, 1, 2, 2, 4, 4), 2, List.of(16), 0);
    assertEquals(255_677_955, large.spec().parameterCount());
  }

  @Test
  void initialParametersFollowTheOfficialCode() {
    UNetConfig config = new UNetConfig(16, 3, 3, 32, List.of(1, 2), 1, List.of(8), 0);
    float[] flat = config.spec().initialParameters(3);
    for (NamedTensor tensor : config.spec().layout()) {
      double sum = 0;
      double largest = 0;
      for (long i = tensor.offset(); i < tensor.offset() + tensor.length(); i++) {
        sum += (double) flat[(int) i] * flat[(int) i];
        largest = Math.max(largest, Math.abs(flat[(int) i]));
      }
      double rms = Math.sqrt(sum / tensor.length());
      if (tensor.shape().size() == 1) {
        boolean scale = tensor.name().contains("norm") && tensor.name().endsWith("weight");
        assertEquals(scale ? 1 : 0, largest, tensor.name());
        continue;
      }
      int receptive =
          tensor.shape().size() == 4 ? tensor.shape().get(2) * tensor.shape().get(3) : 1;
      double fan = (tensor.shape().get(0) + tensor.shape().get(1)) / 2.0 * receptive;
      boolean zero = tensor.name().matches(".*(conv2|proj_out|conv_out)\\.weight");
      double expected = Math.sqrt((zero ? 1e-10 : 1) / fan);
      assertEquals(1, rms / expected, 0.06, tensor.name());
      assertTrue(largest <= expected * Math.sqrt(3) * 1.0001, tensor.name());
    }
  }
}
