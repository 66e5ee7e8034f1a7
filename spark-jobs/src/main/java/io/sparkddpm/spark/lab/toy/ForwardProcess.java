package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.report.SvgPlot;

/** Noise that is only added against noise that keeps the variance, and common slips. */
final class ForwardProcess implements Toy {
  private static final int STEPS = 300;
  private static final int PATHS = 4000;
  private static final int SHOWN = 12;
  private static final double BETA = 0.02;

  @Override
  public String name() {
    return "forward";
  }

  @Override
  public String title() {
    return "The forward process: why the signal shrinks as noise is added";
  }

  private enum Chain {
    NAIVE,
    PRESERVING,
    SLIP;

    /** A step of the chain. */
    double step(double x, double epsilon) {
      return switch (this) {
        case NAIVE -> x + Math.sqrt(BETA) * epsilon;
        case PRESERVING -> Math.sqrt(1 - BETA) * x + Math.sqrt(BETA) * epsilon;
        case SLIP -> Math.sqrt(1 - BETA) * x + BETA * epsilon;
      };
    }
  }

  /** Values of all paths by step, from data of variance 1. */
  private static double[][] simulate(Chain chain) {
    double[][] x = new double[STEPS + 1][PATHS];
    for (int n = 0; n < PATHS; n++) {
      RandomStream stream = Numbers.stream(1, n);
      x[0][n] = stream.nextGaussian();
      for (int t = 1; t <= STEPS; t++) {
        x[t][n] = chain.step(x[t - 1][n], stream.nextGaussian());
      }
    }
    return x;
  }

  private static double[] variances(double[][] x) {
    double[] variances = new double[x.length];
    for (int t = 0; t < x.length; t++) {
      variances[t] = Numbers.variance(x[t]);
    }
    return variances;
  }

  private static SvgPlot paths(double[][] x, double[] t, String caption) {
    return new SvgPlot("t", "x", caption).y(-8, 8).paths(t, Numbers.columns(x, SHOWN));
  }

  @Override
  public void run(ToyPage page) {
    double[] t = Numbers.range(0, STEPS, STEPS + 1);
    double[][] naive = simulate(Chain.NAIVE);
    double[][] preserving = simulate(Chain.PRESERVING);
    double[] slip = variances(simulate(Chain.SLIP));
    page.text(
            "Adding noise alone lets the variance grow without end: after t steps data of variance"
                + " 1 have 1 + tβ. Shrinking the signal by √(1−β) in each step keeps it at 1, so"
                + " that a network sees inputs of one size at all t and sampling can begin from"
                + " N(0, I) (Ho et al. 2020, eq. 2). Here β = 0.02 in all steps.")
        .formula("x_t = x_{t-1} + \\sqrt{β} ε  ⇒  Var x_t = Var x_0 + t β")
        .formula("x_t = \\sqrt{1-β} x_{t-1} + \\sqrt{β} ε  ⇒  Var x_t = 1 + ᾱ_t (Var x_0 - 1)")
        .plots(
            paths(naive, t, "Noise is only added: paths spread without end."),
            paths(preserving, t, "The variance is preserved: paths end as N(0, 1)."),
            new SvgPlot("t", "variance", "Simulated, and as the formulas have it.")
                .curve("noise is only added", t, variances(naive))
                .curve("variance-preserving", t, variances(preserving))
                .dashed("1 + tβ", t, Numbers.map(t, s -> 1 + s * BETA))
                .dashed("1", t, Numbers.map(t, s -> 1)),
            new SvgPlot("t", "variance", "Common slips; each should be 1 everywhere.")
                .y(0, 1.6)
                .curve("β ε for √β ε in each step", t, slip)
                .curve("(1 − ᾱ) ε for √(1 − ᾱ) ε", t, Numbers.map(t, s -> oneMinus(signal(s))))
                .curve("no bars: √(1−β) x₀ + √β ε for any t", t, Numbers.map(t, s -> 1)))
        .text(
            "Slips that are easily made: β in place of √β as the factor of ε (the variance then"
                + " falls towards β, the fixed point of v = (1−β) v + β²); 1 − ᾱ in"
                + " place of √(1 − ᾱ) in the closed form; and α for ᾱ, which adds the noise of one"
                + " step whatever t is: the variance is right, but at t = T there is still nearly"
                + " the data.")
        .near("variance of the naive process at t = 300", last(variances(naive)), 7, 0.8)
        .near("variance of the preserving process at t = 300", last(variances(preserving)), 1, 0.11)
        .near("variance with β ε, at t = 300", last(slip), slipVariance(), 0.003)
        .near("share of x₀ in the variance at t = 50", share(preserving, 50), signal(50), 0.08)
        .atMost("the same at t = 300", share(preserving, STEPS), 0.015);
  }

  /** Which part of the variance of x_t is that of x_0, as simulated. */
  private static double share(double[][] x, int t) {
    return Math.pow(Numbers.slope(x[0], x[t]), 2) * Numbers.variance(x[0]) / Numbers.variance(x[t]);
  }

  private static double signal(double t) {
    return Math.pow(1 - BETA, t);
  }

  /** The variance of √ᾱ x + (1 − ᾱ) ε. */
  private static double oneMinus(double signal) {
    return signal + (1 - signal) * (1 - signal);
  }

  /** Of v ← (1−β) v + β² after all steps. */
  private static double slipVariance() {
    double v = 1;
    for (int t = 0; t < STEPS; t++) {
      v = (1 - BETA) * v + BETA * BETA;
    }
    return v;
  }

  private static double last(double[] values) {
    return values[values.length - 1];
  }
}
