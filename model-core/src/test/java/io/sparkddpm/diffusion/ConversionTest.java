package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConversionTest {
  /** Every kind there and back, and by way of every third kind, at many timesteps. */
  @ParameterizedTest
  @EnumSource
  void roundTrips(ScheduleConfig.Type type) {
    NoiseSchedule schedule = NoiseSchedule.of(new ScheduleConfig(type, 1000, 1e-4, 0.02));
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
          String what = type + " t=" + t + " " + from + " to " + to;
          Conversion there = Conversion.of(schedule, t, from, to);
          Conversion back = Conversion.of(schedule, t, to, from);
          double value = values[from.ordinal()];
          double converted = there.apply(xt, value);
          // a rounding error of the converted value comes back as much greater as the way there
          // shrinks it: 12 digits of what that leaves
          double scale =
              Math.abs(converted * back.value()) + Math.abs(xt * back.xt()) + Math.abs(value) + 1;
          assertEquals(value, back.apply(xt, converted), 1e-14 * scale, what + " and back");
          if (Math.abs(back.value()) <= 1000 && Math.abs(there.value()) <= 1000) {
            assertEquals(value, back.apply(xt, converted), 1e-12, what + " and back");
          }
          double direct = Math.abs(value * there.value()) + Math.abs(xt * there.xt()) + 1;
          assertEquals(values[to.ordinal()], converted, 1e-14 * direct, what);
        }
      }
    }
  }
}
