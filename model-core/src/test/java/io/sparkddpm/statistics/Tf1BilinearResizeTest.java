package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Tf1BilinearResizeTest {

  /** 2 to 4: positions 0, 0.5, 1, 1.5, and the last is clamped. */
  @Test
  void hasNoHalfPixelCentres() {
    byte[] pixels = new byte[12];
    for (int c = 0; c < 3; c++) {
      pixels[c] = 0;
      pixels[3 + c] = 100;
      pixels[6 + c] = (byte) 200;
      pixels[9 + c] = (byte) 240;
    }
    float[] out = new float[48];
    new Tf1BilinearResize(2, 2, 4).toInput(pixels, 0, out);
    float[] expected = {
      0, 50, 100, 100, 100, 135, 170, 170, 200, 220, 240, 240, 200, 220, 240, 240
    };
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (expected[i] - 128) / 128;
    }
    for (int c = 0; c < 3; c++) {
      assertArrayEquals(expected, Arrays.copyOfRange(out, c * 16, c * 16 + 16));
    }
  }

  @Test
  void theNetworksInputEqualsAnIndependentOne() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("inception/features.npz");
    float[] out = new float[3 * 299 * 299];
    new Tf1BilinearResize(32, 32, 299).toInput(golden.get("images_u8_nhwc").data(), 0, out);
    float[] expected = golden.get("input0_f32").toFloats();
    double worst = 0;
    for (int p = 0; p < 299 * 299; p++) {
      for (int c = 0; c < 3; c++) {
        worst = Math.max(worst, Math.abs(expected[p * 3 + c] - out[c * 299 * 299 + p]));
      }
    }
    assertEquals(0, worst, 5e-6);
    assertTrue(new Tf1BilinearResize(32, 32, 299).takes(32, 32));
  }
}
