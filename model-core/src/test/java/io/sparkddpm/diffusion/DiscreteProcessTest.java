package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DiscreteProcessTest {
  private static final NoiseSchedule LINEAR = NoiseSchedule.of(ScheduleConfig.DEFAULTS);
  private static final NoiseProcess PROCESS = new DiscreteProcess(LINEAR);

  private static double[] levels(int steps, double... levels) {
    double[] all = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      all[i] = i == steps ? NoiseProcess.CLEAN : levels.length == 0 ? steps - 1 - i : levels[i];
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("io.sparkddpm.schedule.Schedules#all")
  void wholeLevelsAreTheTables(ScheduleConfig config) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    NoiseProcess process = new DiscreteProcess(schedule);
    Transition[] chain = process.transitions(levels(1000));
    for (int t = 0; t < 1000; t++) {
      assertEquals(schedule.sqrtAlphaCumprod(t), process.alpha(t), 0.0);
      assertEquals(schedule.sqrtOneMinusAlphaCumprod(t), process.sigma(t), 0.0);
      Transition step = chain[999 - t];
      Transition alone = process.transitions(new double[] {t, t - 1})[0];
      assertEquals(step, alone);
      assertEquals(schedule.beta(t), step.beta(), 0.0);
      assertEquals(schedule.alphaCumprodPrev(t), step.signalTo(), 0.0);
      assertEquals(schedule.oneMinusAlphaCumprodPrev(t), step.noiseTo(), 0.0);
      assertEquals(schedule.oneMinusAlphaCumprod(t), step.noiseFrom(), 0.0);
      assertEquals(schedule.posteriorMeanCoefX0(t), step.posteriorMeanX0(), 0.0);
      assertEquals(schedule.posteriorMeanCoefXt(t), step.posteriorMeanXt(), 0.0);
      assertEquals(schedule.posteriorVariance(t), step.posteriorVariance(), 0.0);
    }
    assertEquals(999, process.last());
    assertEquals(1, process.alpha(NoiseProcess.CLEAN));
    assertEquals(0, process.sigma(NoiseProcess.CLEAN));
    assertEquals(Double.POSITIVE_INFINITY, process.logSnr(NoiseProcess.CLEAN));
  }

  @ParameterizedTest
  @MethodSource("io.sparkddpm.schedule.Schedules#all")
  void theLogSnrFallsAndIsInvertible(ScheduleConfig config) {
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(config));
    double before = Double.POSITIVE_INFINITY;
    for (double level = 0; level <= 999; level += 0.37) {
      double logSnr = process.logSnr(level);
      assertTrue(logSnr < before, config + " " + level);
      before = logSnr;
      assertEquals(level, process.level(logSnr), 1e-9, config + " " + level);
      double alpha = process.alpha(level);
      double sigma = process.sigma(level);
      assertEquals(1, alpha * alpha + sigma * sigma, 1e-12);
      assertEquals(logSnr, 2 * Math.log(alpha / sigma), 1e-9);
    }
    assertEquals(0, process.level(process.logSnr(0)));
    assertEquals(999, process.level(process.logSnr(999)));
    assertEquals(
        (process.logSnr(41) + process.logSnr(42)) / 2, process.logSnr(41.5), 1e-14, "linear");
  }

  @Test
  void transitionsKeepAlphaCumprod() {
    int[] visited = IntStream.range(0, 250).map(i -> (int) Math.rint(i * 999 / 249.0)).toArray();
    double[] falling = IntStream.range(0, 250).mapToDouble(i -> visited[249 - i]).toArray();
    Transition[] steps = PROCESS.transitions(levels(250, falling));
    for (int i = 0; i < 250; i++) {
      double expected = LINEAR.alphaCumprod(visited[249 - i]);
      assertEquals(expected, (1 - steps[i].beta()) * steps[i].signalTo(), 1e-12 * expected);
    }
  }

  @Test
  void transitionsMayEndWithNoiseAndStandStill() {
    Transition[] steps = PROCESS.transitions(new double[] {500.5, 20.25, 20.25});
    assertEquals(PROCESS.alpha(20.25), Math.sqrt(steps[0].signalTo()), 1e-15);
    assertEquals(PROCESS.sigma(500.5), Math.sqrt(steps[0].noiseFrom()), 1e-14);
    assertEquals(0, steps[1].beta());
    assertEquals(1, steps[1].posteriorMeanXt(), 1e-15);
  }

  @Test
  void refusesBadInput() {
    assertMessage(
        "levels must not rise, got 4.0 after 3.0", () -> PROCESS.transitions(new double[] {3, 4}));
    assertMessage(
        "a level must be in [0, 999.0], got 1000.0",
        () -> PROCESS.transitions(new double[] {1000, 4}));
    assertMessage("a level must be in [0, 999.0], got -0.5", () -> PROCESS.alpha(-0.5));
    assertMessage("a level must be in [0, 999.0], got NaN", () -> PROCESS.sigma(Double.NaN));
    assertMessage(
        "a step needs two levels, got [3.0]", () -> PROCESS.transitions(new double[] {3}));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> PROCESS.level(50))
            .getMessage()
            .startsWith("log-SNR must be in [-10.1"));
  }

  private static void assertMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }
}
