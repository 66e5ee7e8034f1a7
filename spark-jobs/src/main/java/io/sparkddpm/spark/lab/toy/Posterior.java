package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.report.SvgPlot;

/** Mean and variance of q(x_{t−1} | x_t, x_0) against simulated chains. */
final class Posterior implements Toy {
  private static final int STEPS = 100;
  private static final int PAIRS = 20_000;
  private static final double X0 = 0.8;

  @Override
  public String name() {
    return "posterior";
  }

  @Override
  public String title() {
    return "The posterior: one step back, if x₀ were known";
  }

  /** Simulated pairs (x_{t−1}, x_t) from the same x_0, step by step. */
  private static double[][] pairs(NoiseSchedule schedule, int t) {
    double[][] pairs = new double[2][PAIRS];
    for (int n = 0; n < PAIRS; n++) {
      RandomStream stream = Numbers.stream(3, t, n);
      double before = X0;
      double x = X0;
      for (int s = 0; s <= t; s++) {
        before = x;
        x = Math.sqrt(schedule.alpha(s)) * x + Math.sqrt(schedule.beta(s)) * stream.nextGaussian();
      }
      pairs[0][n] = before;
      pairs[1][n] = x;
    }
    return pairs;
  }

  /** A line y = a + b·x and the variance around it. */
  private record Fit(double a, double b, double variance) {
    static Fit of(double[] x, double[] y) {
      double b = Numbers.slope(x, y);
      return new Fit(
          Numbers.mean(y) - b * Numbers.mean(x),
          b,
          Numbers.variance(y) - b * b * Numbers.variance(x));
    }
  }

  @Override
  public void run(ToyPage page) {
    NoiseSchedule schedule = NoiseSchedule.of(new LinearSchedule(STEPS, 1e-3, 0.08));
    int t = 20;
    double[][] pairs = pairs(schedule, t);
    Fit fit = Fit.of(pairs[1], pairs[0]);
    double fromX0 = schedule.posteriorMeanCoefX0(t) * X0;
    double fromXt = schedule.posteriorMeanCoefXt(t);
    double variance = schedule.posteriorVariance(t);
    double[] xs = Numbers.range(-1.5, 2.5, 2);
    double[] ts = Numbers.range(0, STEPS - 1, STEPS);
    page.text(
            "Of chains that all begin at x₀ = 0.8, those that pass through the same xₜ came from"
                + " xₜ₋₁ that scatter around a straight line in xₜ, with the same variance"
                + " everywhere. Both are known in closed form (Ho et al. 2020, eq. 6 and 7), and"
                + " the network's step back copies them with its own x̂₀ in the place of x₀. The"
                + " variance β̃ is below β, and far below it only at the first few t.")
        .formula(
            "μ̃_t = \\frac{\\sqrt{ᾱ_{t-1}} β_t}{1-ᾱ_t} x_0"
                + " + \\frac{\\sqrt{α_t} (1-ᾱ_{t-1})}{1-ᾱ_t} x_t")
        .formula("β̃_t = \\frac{1-ᾱ_{t-1}}{1-ᾱ_t} β_t")
        .plots(
            new SvgPlot("xₜ", "xₜ₋₁", "Simulated pairs at t = 20 and the mean μ̃.")
                .x(-1.5, 2.5)
                .points("simulated", Numbers.thin(pairs[1], 700), Numbers.thin(pairs[0], 700))
                .curve("μ̃(xₜ, x₀)", xs, Numbers.map(xs, x -> fromX0 + fromXt * x)),
            new SvgPlot("t", "variance", "The two choices for the variance of a step back.")
                .curve("β", ts, Numbers.map(ts, s -> schedule.beta((int) s)))
                .curve("β̃", ts, Numbers.map(ts, s -> schedule.posteriorVariance((int) s))));
    // standard errors of a regression over n pairs
    double spread = Math.sqrt(variance / PAIRS);
    double ofX = Math.sqrt(Numbers.variance(pairs[1]));
    page.near("slope of the regression", fit.b(), fromXt, 4 * spread / ofX)
        .near(
            "its value at xₜ = 0",
            fit.a(),
            fromX0,
            4 * spread * Math.hypot(1, Numbers.mean(pairs[1]) / ofX))
        .near(
            "variance around it", fit.variance(), variance, 4 * variance * Math.sqrt(2.0 / PAIRS));
  }
}
