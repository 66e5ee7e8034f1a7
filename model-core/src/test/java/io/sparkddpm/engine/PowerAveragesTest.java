package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.engine.PowerAverages.Profile;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PowerAveragesTest {
  private static final double[] KEPT = {0.05, 0.1};

  /** Coefficients and averages that EDM2's own code computes, at and between its snapshots. */
  @Test
  void coefficientsAreThoseOfEdm2() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/edm2_posthoc_ema.npz");
    double[] steps = golden.get("snapshot_ofs").toDoubles();
    double[] snapshots = golden.get("snapshots").toDoubles();
    List<Profile> stored = profiles(steps);
    for (long step : new long[] {100, 150, 200}) {
      for (double width : new double[] {0.075, 0.1, 0.15}) {
        String key = "posthoc/t" + step + "_sr" + width;
        double[] coefficients = PowerAverages.coefficients(stored, new Profile(step, width));
        assertArrayEquals(golden.get(key + "/coefficients").toDoubles(), coefficients, 1e-9, key);
        double[] average = new double[5];
        for (int s = 0; s < coefficients.length; s++) {
          for (int i = 0; i < 5; i++) {
            average[i] += coefficients[s] * snapshots[5 * s + i];
          }
        }
        assertArrayEquals(golden.get(key + "/result").toDoubles(), average, 1e-9, key);
      }
    }
  }

  /** A width and a step that are stored are taken as they are. */
  @Test
  void whatIsStoredComesBack() {
    List<Profile> stored = profiles(new double[] {500, 1000, 1500});
    for (int s = 0; s < stored.size(); s++) {
      double[] coefficients = PowerAverages.coefficients(stored, stored.get(s));
      for (int i = 0; i < coefficients.length; i++) {
        assertEquals(i == s ? 1 : 0, coefficients[i], 1e-9);
      }
    }
  }

  /** An average that was tracked from the first step on, against one made of others. */
  @Test
  void closeToTheAverageThatWasNotKept() {
    int steps = 4000;
    Random random = new Random(5);
    List<Profile> stored = new ArrayList<>();
    List<Float> values = new ArrayList<>();
    List<Ema> tracked =
        new EmaConfig.Power(List.of(KEPT[0], KEPT[1], 0.07)).averages(name -> new float[1]);
    double walk = 0;
    for (int step = 0; step < steps; step++) {
      walk += random.nextGaussian() / Math.sqrt(steps);
      for (Ema average : tracked) {
        average.update(new float[] {(float) walk}, step, 1);
      }
      if ((step + 1) % 250 == 0) {
        for (int a = 0; a < KEPT.length; a++) {
          stored.add(new Profile(step + 1, KEPT[a]));
          values.add(tracked.get(a).values()[0]);
        }
      }
    }
    double[] coefficients = PowerAverages.coefficients(stored, new Profile(steps, 0.07));
    double made = 0;
    for (int i = 0; i < coefficients.length; i++) {
      made += coefficients[i] * values.get(i);
    }
    double expected = tracked.get(2).values()[0];
    double width = Math.abs(tracked.get(0).values()[0] - tracked.get(1).values()[0]);
    assertEquals(expected, made, width / 50);
  }

  @Test
  void refusesWhatIsNoAverage() {
    var e = assertThrows(IllegalArgumentException.class, () -> new Profile(0, 0.1));
    assertEquals("an average covers at least 1 step, got 0", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new Profile(1, 0.3));
    assertEquals("widths must be in (0, 0.28], got 0.3", e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> PowerAverages.coefficients(List.of(), new Profile(1, 0.1)));
    assertEquals("there are no averages to make one of", e.getMessage());
  }

  private static List<Profile> profiles(double[] steps) {
    List<Profile> profiles = new ArrayList<>();
    for (double step : steps) {
      for (double width : KEPT) {
        profiles.add(new Profile((long) step, width));
      }
    }
    return profiles;
  }
}
