package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeadTest {
  /** What one head's output is in terms of another's, by way of x_0 and ε. */
  private static Conversion between(Head from, Head to, NoiseProcess process, double level) {
    Target target = to.target(process, level);
    Conversion x0 = from.toX0(process, level);
    Conversion epsilon = from.toEpsilon(process, level);
    return new Conversion(
        target.x0() * x0.xt() + target.xt() + target.epsilon() * epsilon.xt(),
        target.x0() * x0.output() + target.epsilon() * epsilon.output());
  }

  /** Every kind there and back, and by way of every third kind, at many timesteps. */
  @ParameterizedTest
  @MethodSource("io.sparkddpm.schedule.Schedules#all")
  void roundTrips(ScheduleConfig config) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    NoiseProcess process = new DiscreteProcess(schedule);
    RandomStream stream = RandomStream.of(1, Purpose.NOISE);
    for (int t : new int[] {0, 1, 2, 50, 499, 990, 998, 999}) {
      double x0 = 2 * stream.nextDouble() - 1;
      double epsilon = stream.nextGaussian();
      double[] values = new double[4];
      double xt =
          schedule.sqrtAlphaCumprod(t) * x0 + schedule.sqrtOneMinusAlphaCumprod(t) * epsilon;
      values[PredictionType.EPSILON.ordinal()] = epsilon;
      values[PredictionType.X0.ordinal()] = x0;
      values[PredictionType.V.ordinal()] =
          schedule.sqrtAlphaCumprod(t) * epsilon - schedule.sqrtOneMinusAlphaCumprod(t) * x0;
      values[PredictionType.MU.ordinal()] =
          schedule.posteriorMeanCoefX0(t) * x0 + schedule.posteriorMeanCoefXt(t) * xt;
      for (PredictionType from : PredictionType.values()) {
        for (PredictionType to : PredictionType.values()) {
          String what = config + " t=" + t + " " + from + " to " + to;
          Conversion there = between(from.head(), to.head(), process, t);
          Conversion back = between(to.head(), from.head(), process, t);
          double value = values[from.ordinal()];
          double converted = there.apply(xt, value);
          // a rounding error of the converted value comes back as much greater as the way there
          // shrinks it: 12 digits of what that leaves
          double scale =
              Math.abs(converted * back.output()) + Math.abs(xt * back.xt()) + Math.abs(value) + 1;
          assertEquals(value, back.apply(xt, converted), 1e-14 * scale, what + " and back");
          if (Math.abs(back.output()) <= 1000 && Math.abs(there.output()) <= 1000) {
            assertEquals(value, back.apply(xt, converted), 1e-12, what + " and back");
          }
          double direct = Math.abs(value * there.output()) + Math.abs(xt * there.xt()) + 1;
          assertEquals(values[to.ordinal()], converted, 1e-14 * direct, what);
        }
      }
    }
  }

  /** Each head's target, read back, at levels between the timesteps. */
  @Test
  void readsItsOwnTargetBetweenTimesteps() {
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(ScheduleConfig.DEFAULTS));
    for (PredictionType prediction : PredictionType.values()) {
      Head head = prediction.head();
      for (double level : new double[] {0.25, 1.5, 417.9, 998.5}) {
        double xt = process.alpha(level) * 0.7 - process.sigma(level) * 1.3;
        double output = head.target(process, level).of(0.7, xt, -1.3);
        String what = prediction + " at " + level;
        assertEquals(0.7, head.toX0(process, level).apply(xt, output), 1e-11, what);
        assertEquals(-1.3, head.toEpsilon(process, level).apply(xt, output), 1e-11, what);
      }
    }
  }
}
