package io.sparkddpm.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
  @Test
  void theSequenceIsThatOfTheProgramOfThePaper() {
    assertEquals(6457827717110365317L, SplitMix64.at(1234567, 0)); // Vigna's splitmix64.c
    for (long key : new long[] {0, -1, 1L << 40}) {
      SplittableRandom random = new SplittableRandom(key);
      for (int i = 0; i < 100; i++) {
        assertEquals(random.nextLong(), SplitMix64.at(key, i));
      }
    }
  }
}
