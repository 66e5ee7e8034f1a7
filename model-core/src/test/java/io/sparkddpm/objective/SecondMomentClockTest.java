package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class SecondMomentClockTest {
  private static final double SHARE = 0.001;

  private static SecondMomentClock fold(SecondMomentClock clock, double level, double loss) {
    return (SecondMomentClock)
        clock.fold(new TimedLosses(new double[] {level}, new double[] {loss}));
  }

  /** Three timesteps, two losses each; their roots of mean squares are 1, 5 and 2. */
  private static SecondMomentClock warm() {
    SecondMomentClock clock = new SecondMomentClock(3, 2, SHARE);
    double[] levels = {1, 0, 0, 1, 2, 1, 2};
    double[] losses = {9, 1, 1, 7, 2, 1, 2}; // 9 is forgotten
    return (SecondMomentClock) clock.fold(new TimedLosses(levels, losses));
  }

  /** OpenAI's LossSecondMomentResampler. */
  @Test
  void agreesWithThePublishedSampler() throws IOException {
    var file = SharedFiles.golden("diffusion2/loss_second_moment_resampler.json");
    JsonNode golden = new ObjectMapper().readTree(Files.readString(file));
    int steps = golden.get("T").intValue();
    for (JsonNode run : golden.get("cases")) {
      SecondMomentClock clock =
          new SecondMomentClock(
              steps,
              run.get("history_per_term").intValue(),
              golden.get("uniform_prob").doubleValue());
      int seen = 0;
      for (JsonNode snapshot : run.get("snapshots")) {
        for (; seen < snapshot.get("after_events").intValue(); seen++) {
          JsonNode event = run.get("events").get(seen);
          clock = fold(clock, event.get(0).intValue(), event.get(1).doubleValue());
        }
        for (int t = 0; t < steps; t++) {
          double p = snapshot.get("p").get(t).doubleValue();
          double weight = snapshot.get("loss_multiplier_1_over_Tp").get(t).doubleValue();
          assertEquals(p, clock.probability(t), 1e-12 * p, seen + " events, t=" + t);
          assertEquals(weight, clock.weight(t), 1e-12 * weight, seen + " events, t=" + t);
        }
      }
    }
  }

  @Test
  void probabilitiesFollowTheLossesOnceAllTimestepsHaveEnough() {
    SecondMomentClock clock = warm();
    double[] roots = {1, 5, 2};
    for (int t = 0; t < 3; t++) {
      double expected = roots[t] / 8 * (1 - SHARE) + SHARE / 3;
      assertEquals(expected, clock.probability(t), 1e-15);
      assertEquals(1 / (3 * expected), clock.weight(t), 1e-13);
    }
    SecondMomentClock young = new SecondMomentClock(3, 2, SHARE);
    for (double level : new double[] {0, 0, 1, 1, 1, 2}) {
      young = fold(young, level, 10 * level + 1);
      assertEquals(1.0 / 3, young.probability(0));
      assertEquals(1, young.weight(1));
    }
  }

  @Test
  void lossesOfZeroLeaveAllTimestepsAlike() {
    SecondMomentClock clock = new SecondMomentClock(2, 1, SHARE);
    clock =
        (SecondMomentClock) clock.fold(new TimedLosses(new double[] {0, 1}, new double[] {0, 0}));
    assertEquals(0.5, clock.probability(0));
  }

  @Test
  void timestepsAreDrawnAsOftenAsTheirProbabilitySays() {
    for (SecondMomentClock clock :
        new SecondMomentClock[] {warm(), new SecondMomentClock(3, 2, SHARE)}) {
      int draws = 20_000;
      int[] counts = new int[3];
      double weights = 0;
      for (int id = 0; id < draws; id++) {
        double level = clock.level(new ExampleKey(1, 4, 0, id));
        counts[(int) level]++;
        weights += clock.weight(level);
      }
      double chi = 0;
      for (int t = 0; t < 3; t++) {
        double expected = draws * clock.probability(t);
        chi += Math.pow(counts[t] - expected, 2) / expected;
      }
      assertTrue(chi < 13.8, "chi-square " + chi + " at 2 degrees of freedom"); // p = 0.001
      assertEquals(1, weights / draws, 0.03); // the mean weight is 1; four deviations
    }
  }

  @Test
  void theWayThatLossesComeInDoesNotMatter() {
    double[] levels = new double[50];
    double[] losses = new double[50];
    SecondMomentClock single = new SecondMomentClock(4, 3, SHARE);
    for (int i = 0; i < 50; i++) {
      levels[i] = i * 7 % 4;
      losses[i] = 1.0 / (i + 1);
      single = fold(single, levels[i], losses[i]);
    }
    Clock all = new SecondMomentClock(4, 3, SHARE).fold(new TimedLosses(levels, losses));
    assertArrayEquals(single.save(), all.save());
    Clock restored = new SecondMomentClock(4, 3, SHARE).restore(all.save());
    assertArrayEquals(all.save(), restored.save());
    for (int id = 0; id < 100; id++) {
      ExampleKey key = new ExampleKey(1, 2, 3, id);
      assertEquals(all.level(key), restored.level(key));
      assertEquals(all.weight(all.level(key)), restored.weight(restored.level(key)));
    }
  }

  @Test
  void foreignStatesAreRefused() {
    SecondMomentClock clock = new SecondMomentClock(4, 2, SHARE);
    assertEquals(
        "expected a state of 88 bytes for 4 timesteps with 2 losses each, found one of 0 bytes",
        assertThrows(IllegalArgumentException.class, () -> clock.restore(new byte[0]))
            .getMessage());
    byte[] other = new SecondMomentClock(4, 2, SHARE).save();
    other[3] = 5;
    assertThrows(IllegalArgumentException.class, () -> clock.restore(other));
    byte[] full = clock.save();
    full[11] = 3;
    assertEquals(
        "timestep 0 has 3 losses, at most 2 are kept",
        assertThrows(IllegalArgumentException.class, () -> clock.restore(full)).getMessage());
  }
}
