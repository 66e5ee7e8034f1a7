package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.network.TransformerConfig.Positions;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformerConfigTest {
  private static TransformerConfig config(Positions positions, int classes) {
    return new TransformerConfig(10, 3, 5, 8, 2, 4, 3, positions, 0, null, classes, 0);
  }

  @Test
  void parametersByHand() {
    int time = 2 * (8 * 8 + 8);
    int attention = 2 * 8 + 4 * (8 * 8 + 8);
    int mlp = 2 * 8 + (8 * 24 + 24) + (8 * 24 + 24) + 2 * 24 + (24 * 8 + 8);
    int ends = (3 * 8 + 8) + 2 * 8 + (8 * 5 + 5);
    long set = time + 2L * (attention + mlp) + ends;
    assertEquals(set, config(Positions.NONE, 0).spec().parameterCount());
    long sequence = set + 8 * 10 + 4 * 8;
    assertEquals(sequence, config(Positions.LEARNED, 4).spec().parameterCount());
  }

  @Test
  void operationsByHand() {
    long places = 10;
    long time = 2 * 2 * 8 * 8;
    long attention = 4 * 2 * 8 * 8 * places + 4 * places * places * 8;
    long mlp = 2 * 2 * 8 * 24 * places + 2 * 8 * 24;
    long ends = 2 * 3 * 8 * places + 2 * 8 * 5 * places;
    assertEquals(
        time + 2 * (attention + mlp) + ends, config(Positions.LEARNED, 4).spec().forwardFlops());
  }

  @Test
  void channelsOutMayDifferFromThoseIn() {
    TransformerConfig config = config(Positions.NONE, 0);
    assertEquals(Shape.of(3, 1, 10), config.inputShape());
    assertEquals(Shape.of(5, 1, 10), config.outputShape());
    NetworkSpec other = config.withOutputChannels(6).spec();
    assertEquals(Shape.of(3, 1, 10), other.inputShape());
    assertEquals(Shape.of(6, 1, 10), other.outputShape());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 8; 1; 4; 2; 0; 0; length must be at least 1, got 0",
        "9; 9; 1; 4; 2; 0; 0; channels must be even and at least 4, as the time's sines and cosines"
            + " are, got 9",
        "9; 8; 0; 4; 2; 0; 0; blocks must be at least 1, got 0",
        "9; 8; 1; 3; 2; 0; 0; head-channels must be 0 or divide channels (8), got 3",
        "9; 8; 1; 4; 0; 0; 0; mlp-ratio must be at least 1, got 0",
        "9; 8; 1; 4; 2; -1; 0; classes must not be negative, got -1",
        "9; 8; 1; 4; 2; 0; 0.1; label-dropout is for networks with classes, got 0.1 with classes ="
            + " 0"
      })
  void badValuesAreRefused(
      int length,
      int channels,
      int blocks,
      int headChannels,
      int mlpRatio,
      int classes,
      double labelDropout,
      String message) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new TransformerConfig(
                    length,
                    3,
                    3,
                    channels,
                    blocks,
                    headChannels,
                    mlpRatio,
                    Positions.NONE,
                    0,
                    null,
                    classes,
                    labelDropout));
    assertEquals(message, e.getMessage());
  }
}
