package io.sparkddpm.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedPermutationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 255, 256, 257, 1000, 50_000, 65_537})
  void isABijection(int size) {
    for (long key : new long[] {0, 1, -1, 0x123456789L}) {
      KeyedPermutation permutation = new KeyedPermutation(size, key);
      BitSet seen = new BitSet(size);
      for (int i = 0; i < size; i++) {
        int image = (int) permutation.apply(i);
        assertFalse(seen.get(image), "size " + size + ", key " + key + ": twice " + image);
        seen.set(image);
      }
      assertEquals(size, seen.cardinality());
      assertEquals(size, seen.length());
    }
  }

  @Test
  void everyElementGoesEverywhereEquallyOften() {
    for (int size : new int[] {2, 3, 5, 8, 13, 100}) {
      for (int index : new int[] {0, size / 2, size - 1}) {
        long[] counts = new long[size];
        for (long key = 0; key < 500L * size; key++) {
          counts[(int) new KeyedPermutation(size, key).apply(index)]++;
        }
        RandomStreamTest.assertChiSquare(counts, 500, "size " + size + ", index " + index);
      }
    }
  }

  @Test
  void neighboursPartCompany() {
    int size = 100_000;
    KeyedPermutation permutation = new KeyedPermutation(size, 5);
    double distance = 0;
    for (int i = 0; i + 1 < size; i++) {
      distance += Math.abs(permutation.apply(i + 1) - permutation.apply(i));
    }
    assertEquals(size / 3.0, distance / (size - 1), size * 0.005);
  }

  @Test
  void hugeSizesStayInRange() {
    KeyedPermutation permutation = new KeyedPermutation(1L << 62, 1);
    assertEquals(1L << 62, permutation.size());
    long image = permutation.apply((1L << 62) - 1);
    assertEquals(image, image & ((1L << 62) - 1));
  }

  @Test
  void refusesWhatIsOutside() {
    assertThrows(IndexOutOfBoundsException.class, () -> new KeyedPermutation(3, 0).apply(3));
    assertEquals(
        "size must be in [1, 2^62], got 0",
        assertThrows(IllegalArgumentException.class, () -> new KeyedPermutation(0, 0))
            .getMessage());
  }
}
