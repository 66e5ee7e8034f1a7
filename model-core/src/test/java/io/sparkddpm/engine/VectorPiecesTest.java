package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VectorPiecesTest {
  @Test
  void eachValueIsTakenOnce() {
    for (int length : new int[] {0, 1, 1 << 18, (1 << 18) + 1, 3 << 18}) {
      byte[] taken = new byte[length];
      VectorPieces.forEach(
          length,
          (offset, n) -> {
            for (int i = offset; i < offset + n; i++) {
              taken[i]++;
            }
          });
      byte[] once = new byte[length];
      Arrays.fill(once, (byte) 1);
      assertArrayEquals(once, taken);
    }
  }
}
