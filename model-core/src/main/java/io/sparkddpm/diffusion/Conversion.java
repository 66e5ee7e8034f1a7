package io.sparkddpm.diffusion;

import io.sparkddpm.schedule.NoiseSchedule;

/**
 * One kind of prediction read as another at one timestep. Between ε, x0, v and μ all are linear:
 * {@code to = xt·x_t + value·from}.
 *
 * @param xt coefficient of x_t
 * @param value coefficient of the prediction
 */
public record Conversion(double xt, double value) {
  /**
   * The conversion at timestep t.
   *
   * @param t zero-based
   */
  public static Conversion of(
      NoiseSchedule schedule, int t, PredictionType from, PredictionType to) {
    if (from == to) {
      return new Conversion(0, 1);
    }
    return switch (to) {
      case EPSILON -> toEpsilon(schedule, t, from);
      case X0 -> toX0(schedule, t, from);
      case V -> toV(schedule, t, from);
      case MU -> toMu(schedule, t, from);
    };
  }

  /** The converted value of one element. */
  public double apply(double xtElement, double element) {
    return xt * xtElement + value * element;
  }

  private static Conversion toEpsilon(NoiseSchedule schedule, int t, PredictionType from) {
    double a = schedule.sqrtAlphaCumprod(t);
    double s = schedule.sqrtOneMinusAlphaCumprod(t);
    return switch (from) {
      case EPSILON -> new Conversion(0, 1);
      case X0 -> new Conversion(1 / s, -a / s);
      case V -> new Conversion(s, a);
        // Ho et al. 2020, eq. 11, solved for ε
      case MU ->
          new Conversion(
              s / schedule.beta(t), -s * Math.sqrt(schedule.alpha(t)) / schedule.beta(t));
    };
  }

  private static Conversion toX0(NoiseSchedule schedule, int t, PredictionType from) {
    double a = schedule.sqrtAlphaCumprod(t);
    double s = schedule.sqrtOneMinusAlphaCumprod(t);
    double c0 = schedule.posteriorMeanCoefX0(t);
    return switch (from) {
      case EPSILON -> new Conversion(1 / a, -s / a); // Ho et al. 2020, eq. 15
      case X0 -> new Conversion(0, 1);
      case V -> new Conversion(a, -s);
      case MU -> new Conversion(-schedule.posteriorMeanCoefXt(t) / c0, 1 / c0);
    };
  }

  private static Conversion toV(NoiseSchedule schedule, int t, PredictionType from) {
    double a = schedule.sqrtAlphaCumprod(t);
    double s = schedule.sqrtOneMinusAlphaCumprod(t);
    double c0 = schedule.posteriorMeanCoefX0(t);
    return switch (from) {
      case EPSILON -> new Conversion(-s / a, 1 / a);
      case X0 -> new Conversion(a / s, -1 / s);
      case V -> new Conversion(0, 1);
      case MU -> new Conversion((a + schedule.posteriorMeanCoefXt(t) / c0) / s, -1 / (c0 * s));
    };
  }

  private static Conversion toMu(NoiseSchedule schedule, int t, PredictionType from) {
    double a = schedule.sqrtAlphaCumprod(t);
    double s = schedule.sqrtOneMinusAlphaCumprod(t);
    double c0 = schedule.posteriorMeanCoefX0(t);
    double ct = schedule.posteriorMeanCoefXt(t);
    double root = Math.sqrt(schedule.alpha(t));
    return switch (from) {
        // Ho et al. 2020, eq. 11
      case EPSILON -> new Conversion(1 / root, -schedule.beta(t) / (s * root));
      case X0 -> new Conversion(ct, c0);
      case V -> new Conversion(c0 * a + ct, -c0 * s);
      case MU -> new Conversion(0, 1);
    };
  }
}
