package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UniformClockTest {
  @Test
  void timestepsAreUniform() {
    Clock clock = new UniformClock(10);
    int[] counts = new int[10];
    for (int id = 0; id < 10_000; id++) {
      counts[(int) clock.level(new ExampleKey(1, 0, 0, id))]++;
    }
    double chi = 0;
    for (int count : counts) {
      chi += Math.pow(count - 1000, 2) / 1000;
    }
    assertTrue(chi < 27.9, "chi-square " + chi + " at 9 degrees of freedom"); // p = 0.001
  }
}
