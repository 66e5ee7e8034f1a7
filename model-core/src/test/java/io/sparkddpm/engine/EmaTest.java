package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class EmaTest {
  @Test
  void constantRateOverSingleStepsIsTheGeometricSum() {
    Ema ema = new Ema("mean", step -> 0.9, new float[] {1f});
    for (int step = 0; step < 50; step++) {
      ema.update(new float[] {step}, step, 1);
    }
    double expected = Math.pow(0.9, 50);
    for (int step = 0; step < 50; step++) {
      expected += 0.1 * Math.pow(0.9, 49 - step) * step;
    }
    assertEquals(expected, ema.values()[0], 1e-5);
  }

  @Test
  void aRoundOfManyStepsWeighsAsManySingleOnes() {
    List<EmaConfig> all =
        List.of(new EmaConfig.Constant(List.of(0.999)), new EmaConfig.Warmup(List.of(0.999)));
    for (EmaConfig config : all) {
      Ema rounds = config.averages(name -> new float[] {-2f}).get(0);
      Ema steps = config.averages(name -> new float[] {-2f}).get(0);
      for (int round = 0; round < 5; round++) {
        float[] theta = {round + 0.5f};
        rounds.update(theta, 7L * round, 7);
        for (int i = 0; i < 7; i++) {
          steps.update(theta, 7L * round + i, 1);
        }
      }
      assertEquals(steps.values()[0], rounds.values()[0], 1e-5, config.toString());
    }
  }

  @Test
  void constantRoundRateIsThePower() {
    Ema ema = new Ema("mean", step -> 0.9999, new float[0]);
    assertEquals(Math.pow(0.9999, 32), ema.roundRate(1234, 32), 1e-14);
  }

  @Test
  void warmUpBeginsAtATenthAndEndsAtTheRate() {
    EmaConfig.Warmup warmup = EmaConfig.Warmup.DEFAULTS;
    assertEquals(0.1, warmup.rateAt(0.9999, 0));
    assertEquals(2.0 / 11, warmup.rateAt(0.9999, 1));
    assertEquals(0.9999, warmup.rateAt(0.9999, 100_000));
  }

  @Test
  void namesAreWrittenPlainly() {
    assertEquals("ema-0.9999", Ema.name(0.9999));
    assertEquals("ema-0.99", Ema.name(0.990));
    assertEquals("ema-0.0001", Ema.name(1e-4));
  }

  @Test
  void refusesAnotherLength() {
    Ema ema = new Ema("mean", step -> 0.5, new float[3]);
    var e = assertThrows(IllegalArgumentException.class, () -> ema.update(new float[2], 0, 1));
    assertEquals("the average is over 3 parameters, got 2", e.getMessage());
  }
}
