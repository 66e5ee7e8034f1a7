package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MlpConfigTest {
  /** Counted by hand: with w = 8 a block has 4w + 3w² + 3w parameters. */
  @Test
  void parametersAndShapes() {
    NetworkSpec spec = new MlpConfig(2, 8, 2, 4, 0).spec();
    int time = 2 * (64 + 8);
    int block = 2 * 16 + 3 * (64 + 8);
    assertEquals(time + (16 + 8) + 2 * block + 16 + (32 + 4), spec.parameterCount());
    assertEquals(Shape.of(2, 1, 1), spec.inputShape());
    assertEquals(Shape.of(4, 1, 1), spec.outputShape());
    assertEquals(2, new MlpConfig(2, 8, 2, 4, 3).spec().embedding().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 8; 1; 1; 0; dimensions must be at least 1, got 0",
        "1; 7; 1; 1; 0; width must be even and at least 4, got 7",
        "1; 8; 0; 1; 0; blocks must be at least 1, got 0",
        "1; 8; 1; 0; 0; outputs must be at least 1, got 0",
        "1; 8; 1; 1; -1; classes must not be negative, got -1"
      })
  void badValuesAreRefused(
      int dimensions, int width, int blocks, int outputs, int classes, String message) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> new MlpConfig(dimensions, width, blocks, outputs, classes))
            .getMessage());
  }
}
