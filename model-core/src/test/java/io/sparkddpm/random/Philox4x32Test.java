package io.sparkddpm.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The known answers that the authors of Philox publish with their library. */
class Philox4x32Test {
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
  })
  void knownAnswers(String counter, String key, String expected) {
    long[] c = pairs(counter);
    long[] out = new long[2];
    Philox4x32.block(pairs(key)[0], c[0], c[1], out);
    assertArrayEquals(pairs(expected), out);
  }

  private static long[] pairs(String words) {
    String[] w = words.trim().split(" ");
    long[] pairs = new long[w.length / 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = Long.parseLong(w[2 * i], 16) | (Long.parseLong(w[2 * i + 1], 16) << 32);
    }
    return pairs;
  }
}
