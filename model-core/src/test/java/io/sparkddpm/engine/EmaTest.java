package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
        List.of(
            new EmaConfig.Constant(List.of(0.999)),
            new EmaConfig.Warmup(List.of(0.999)),
            new EmaConfig.Power(List.of(0.1)));
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

  /** What EDM2's own code computes; the last row of a trajectory is that of 200 steps. */
  @Test
  void powerFunctionsAreThoseOfEdm2() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/edm2_posthoc_ema.npz");
    double[] exponents =
        golden.get("exponents_gamma_for_sigma_rel_0.05_0.10_0.075_0.15").toDoubles();
    double[] widths = {0.05, 0.10, 0.075, 0.15};
    for (int i = 0; i < widths.length; i++) {
      assertEquals(exponents[i], EmaConfig.Power.exponent(widths[i]), 1e-9);
    }
    double[] betas = golden.get("betas").toDoubles();
    double[] path = golden.get("path").toDoubles();
    double[] trajectory = golden.get("ema_trajectory").toDoubles();
    int length = 5;
    float[] start = new float[length];
    for (int i = 0; i < length; i++) {
      start[i] = (float) path[i];
    }
    List<Ema> averages = new EmaConfig.Power(List.of(0.05, 0.1)).averages(name -> start.clone());
    for (int n = 1; n <= 200; n++) {
      float[] theta = new float[length];
      for (int i = 0; i < length; i++) {
        theta[i] = (float) path[n * length + i];
      }
      for (int a = 0; a < 2; a++) {
        Ema average = averages.get(a);
        assertEquals(betas[(n - 1) * 2 + a], average.roundRate(n - 1, 1), 1e-12);
        average.update(theta, n - 1, 1);
        for (int i = 0; i < length; i++) {
          assertEquals(trajectory[(n * 2 + a) * length + i], average.values()[i], 1e-5);
        }
      }
    }
  }

  /** Weights n^γ of the steps have the standard deviation that the width names. */
  @Test
  void theWidthIsAShareOfTheRun() {
    for (double width : new double[] {0.02, 0.1, 0.28}) {
      double exponent = EmaConfig.Power.exponent(width);
      int steps = 20_000;
      double sum = 0;
      double first = 0;
      double second = 0;
      for (int n = 1; n <= steps; n++) {
        double share = (double) n / steps;
        double weight = Math.pow(share, exponent);
        sum += weight;
        first += weight * share;
        second += weight * share * share;
      }
      double mean = first / sum;
      assertEquals(width, Math.sqrt(second / sum - mean * mean), 1e-4);
    }
    var e =
        assertThrows(IllegalArgumentException.class, () -> new EmaConfig.Power(List.of(0.1, 0.3)));
    assertEquals("widths must be in (0, 0.28], got 0.3", e.getMessage());
  }

  @Test
  void namesAreWrittenPlainly() {
    assertEquals(List.of("power-0.05", "power-0.1"), EmaConfig.Power.DEFAULTS.names());
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
