package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StratifiedClockTest {
  private static int level(Clock clock, long step, int place) {
    return (int) clock.level(new ExampleKey(3, step, place, 1000 - place));
  }

  @Test
  void everyPartOfTheTimestepsHasOneExample() {
    for (int batch : new int[] {1, 2, 5, 8, 40, 100, 1000}) {
      Clock clock = new StratifiedClock(1000, batch);
      for (long step = 0; step < 20; step++) {
        int[] counts = new int[batch];
        for (int place = 0; place < batch; place++) {
          counts[level(clock, step, place) * batch / 1000]++;
        }
        for (int count : counts) {
          assertEquals(1, count, "batch of " + batch);
        }
      }
    }
  }

  @Test
  void aBatchOfManyHasEveryTimestepEquallyOften() {
    Clock clock = new StratifiedClock(4, 64);
    for (long step = 0; step < 50; step++) {
      int[] counts = new int[4];
      for (int place = 0; place < 64; place++) {
        counts[level(clock, step, place)]++;
      }
      for (int count : counts) {
        assertEquals(16, count);
      }
    }
  }

  @Test
  void everyPlaceHasEveryTimestepAsOften() {
    Clock clock = new StratifiedClock(10, 7);
    for (int place = 0; place < 7; place++) {
      int[] counts = new int[10];
      for (long step = 0; step < 10_000; step++) {
        counts[level(clock, step, place)]++;
      }
      double chi = 0;
      for (int count : counts) {
        chi += Math.pow(count - 1000, 2) / 1000;
      }
      assertTrue(chi < 27.9, "chi-square " + chi + " at 9 degrees of freedom"); // p = 0.001
    }
  }

  /** Of a quarter of the batch each quarter of the timesteps gets its share, give or take two. */
  @Test
  void aWorkersShareIsSpreadTooAndAllWeighAlike() {
    Clock clock = new StratifiedClock(1000, 128);
    for (long step = 0; step < 50; step++) {
      for (int worker = 0; worker < 4; worker++) {
        int[] counts = new int[4];
        for (int i = 0; i < 32; i++) {
          counts[level(clock, step, 32 * worker + i) / 250]++;
        }
        for (int count : counts) {
          assertEquals(8, count, 2, "step " + step + ", worker " + worker);
        }
      }
    }
    assertEquals(1, clock.weight(999));
  }
}
