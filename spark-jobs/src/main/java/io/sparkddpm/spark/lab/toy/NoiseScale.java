package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.Locale;

/** What becomes of samples if the noise of each step is left out, in part or whole. */
final class NoiseScale implements Toy {
  private static final int COUNT = 1500;
  private static final double[] SCALES = {0, 0.25, 0.5, 0.75, 1};
  private static final int BINS = 60;
  private static final double REACH = 2.4;

  @Override
  public String name() {
    return "noise-scale";
  }

  @Override
  public String title() {
    return "The noise of each step, from none to all of it";
  }

  private static double[] samples(double scale) {
    Denoiser denoiser = new MixtureDenoiser(Line.DATA, Line.PROCESS);
    return Points.column(
        Points.sample(
            new AncestralSolver(scale),
            denoiser,
            Spacing.UNIFORM.grid(250, Line.PROCESS),
            1,
            COUNT),
        0);
  }

  private static double distance(double[] samples) {
    return Numbers.distance(samples, x -> Line.distribution(Line.DATA, x));
  }

  private static double[] histogram(double[] samples) {
    double[] counts = new double[BINS];
    double width = 2 * REACH / BINS;
    for (double x : samples) {
      int bin = (int) ((x + REACH) / width);
      if (x >= -REACH && bin < BINS) {
        counts[bin] += 1 / (COUNT * width);
      }
    }
    return counts;
  }

  @Override
  public void run(ToyPage page) {
    double[] distances = new double[SCALES.length];
    double[] variances = new double[SCALES.length];
    double[] places = Numbers.range(-REACH + REACH / BINS, REACH - REACH / BINS, BINS);
    SvgPlot density =
        new SvgPlot("x", "density", "Histograms of samples; dashed: the data.").y(0, 1.6);
    for (int i = 0; i < SCALES.length; i++) {
      double[] drawn = samples(SCALES[i]);
      distances[i] = distance(drawn);
      variances[i] = Numbers.variance(drawn);
      if (i % 2 == 0) {
        String name = String.format(Locale.ROOT, "scale %.1f", SCALES[i]);
        density.curve(name, places, histogram(drawn));
      }
    }
    density.dashed(
        "data", places, Numbers.map(places, x -> Math.exp(Line.DATA.logDensity(new double[] {x}))));
    double truth = dataVariance();
    page.text(
            "The mean of a step back alone is no sample of it. Without the noise each step takes a"
                + " point to the middle of where it may have come from, 250 times: all samples end"
                + " at nearly the same point, where there is little data. With half of the noise"
                + " their variance is still too small; with all of it they follow the data (Ho et"
                + " al. 2020, alg. 2, line 4). Sampling without noise takes other steps: those of"
                + " DDIM or of the ODE.")
        .formula("x_{t-1} = μ_θ(x_t, t) + c σ_t z ,  c from 0 to 1")
        .plots(
            density,
            new SvgPlot("c", "distance", "Largest distance of the distribution function.")
                .y(0, 0.55)
                .curve("samples from the data", SCALES, distances),
            new SvgPlot("c", "variance", "Variance of the samples.")
                .y(0, 2.2)
                .curve("samples", SCALES, variances)
                .dashed("data", SCALES, Numbers.map(SCALES, c -> truth)))
        .near("variance of the samples over the data's, c = 1", variances[4] / truth, 1, 0.08)
        .atMost("the same, c = 0", variances[0] / truth, 0.01)
        .atMost(
            "distance of the distribution function, c = 1",
            distances[4],
            2 * 1.63 / Math.sqrt(COUNT))
        .atLeast("the same, c = 0 over c = 1", distances[0] / distances[4], 2);
  }

  private static double dataVariance() {
    double mean = 0;
    double square = 0;
    for (int k = 0; k < Line.DATA.components().size(); k++) {
      double m = Line.DATA.components().get(k).mean(0);
      mean += Line.DATA.weight(k) * m;
      square += Line.DATA.weight(k) * (m * m + Line.DATA.components().get(k).covariance(0, 0));
    }
    return square - mean * mean;
  }
}
