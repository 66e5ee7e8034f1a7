package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TrainingStateTest {
  @Test
  void findsWhatIsNoNumber() {
    float[] values = {0, 1, -2};
    float[] infinite = {0, 1, Float.NEGATIVE_INFINITY};
    float[] none = {Float.NaN, 1, -2};
    assertTrue(new TrainingState(values, values, values, 0).isFinite());
    assertFalse(new TrainingState(none, values, values, 0).isFinite());
    assertFalse(new TrainingState(values, infinite, values, 0).isFinite());
    assertFalse(new TrainingState(values, values, none, 0).isFinite());
  }
}
