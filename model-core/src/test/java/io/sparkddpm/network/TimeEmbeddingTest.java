package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TimeEmbeddingTest {
  @Test
  void sinusoidsOfTheOfficialCode() {
    float[] e = new float[128];
    new TimeEmbedding(128, 512).waves(1, e, 0);
    assertEquals(0.8414709848, e[0], 1e-7);
    assertEquals(0.7604387421, e[1], 1e-7);
    assertEquals(9.999999983e-05, e[63], 1e-11);
    assertEquals(0.5403023059, e[64], 1e-7);
  }
}
