package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
