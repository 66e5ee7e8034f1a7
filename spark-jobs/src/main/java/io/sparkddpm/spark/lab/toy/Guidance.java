package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.Gaussian;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/** Classifier-free guidance of a mixture, where the guided score is known. */
final class Guidance implements Toy {
  private static final int LABEL = 2;
  private static final int COUNT = 500;
  private static final int LEVEL = 300;
  private static final double[] SCALES = {1, 2, 4};
  private static final double EVERYWHERE = 1e6;

  @Override
  public String name() {
    return "guidance";
  }

  @Override
  public String title() {
    return "Guidance: more typical of the label, less varied";
  }

  private static Denoiser guided(double scale) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    return new ClassifierFreeGuidance(scale, 0, EVERYWHERE, 0).guided(denoiser);
  }

  private static Condition labels(int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, LABEL);
    return Condition.labels(labels);
  }

  private static Batch samples(double scale) {
    return Points.sample(
        DdimSolver.DEFAULTS,
        guided(scale),
        Spacing.UNIFORM.grid(100, Line.PROCESS),
        2,
        labels(COUNT),
        StepListener.NONE);
  }

  /** ln p(label | x) at the level, from the closed forms. */
  private static double logPosterior(double[] x) {
    GaussianMixture noisy =
        GaussianMixture.PLANE.at(Line.PROCESS.alpha(LEVEL), Line.PROCESS.sigma(LEVEL));
    double[] unused = new double[2];
    return Math.log(noisy.weight(LABEL)) + noisy.logDensity(x, LABEL, unused) - noisy.logDensity(x);
  }

  /**
   * Largest difference of the guided ε from ε of the label − (s−1)·σ·∇ ln p(label | x), the latter
   * by central differences.
   */
  private static double againstClassifier(double scale) {
    Batch points = Points.square(2, 9);
    Reading one = read(guided(1), points);
    Reading strong = read(guided(scale), points);
    double sigma = Line.PROCESS.sigma(LEVEL);
    double most = 0;
    for (int i = 0; i < points.data().length; i++) {
      double slope = Points.slope(Guidance::logPosterior, points, i);
      double expected = one.epsilon().data()[i] - (scale - 1) * sigma * slope;
      most = Math.max(most, Math.abs(strong.epsilon().data()[i] - expected));
    }
    return most;
  }

  private static Reading read(Denoiser denoiser, Batch points) {
    Reading reading = Reading.ofX0AndEpsilon(points.count(), points.shape());
    double[] levels = new double[points.count()];
    Arrays.fill(levels, LEVEL);
    denoiser.predict(points, levels, labels(points.count()), reading);
    return reading;
  }

  /** Share of samples that the mixture gives to the label with more than 99.9 %. */
  private static double sure(Batch samples) {
    double[] unused = new double[2];
    int sure = 0;
    for (int n = 0; n < samples.count(); n++) {
      double[] x = {samples.data()[2 * n], samples.data()[2 * n + 1]};
      double own = GaussianMixture.PLANE.components().get(LABEL).logDensity(x, unused);
      double log = Math.log(GaussianMixture.PLANE.weight(LABEL)) + own;
      sure += log - GaussianMixture.PLANE.logDensity(x) > Math.log(0.999) ? 1 : 0;
    }
    return (double) sure / samples.count();
  }

  @Override
  public void run(ToyPage page) {
    SvgPlot[] plots = new SvgPlot[SCALES.length];
    Batch[] drawn = new Batch[SCALES.length];
    Batch data = Points.draw(GaussianMixture.PLANE, COUNT, 12);
    for (int i = 0; i < SCALES.length; i++) {
      drawn[i] = samples(SCALES[i]);
      plots[i] =
          new SvgPlot("x₁", "x₂", "Scale " + (int) SCALES[i] + ", label 2.")
              .plane(3)
              .points("all data", Points.column(data, 0), Points.column(data, 1))
              .points("samples", Points.column(drawn[i], 0), Points.column(drawn[i], 1));
    }
    page.text(
            "Guidance moves the predicted noise away from what is predicted without a label (Ho and"
                + " Salimans 2022). By Bayes' rule the difference of the two is the gradient of ln"
                + " p(y | x), times −σ, so that no classifier is needed. The samples of larger"
                + " scales lie where the label leaves no doubt, and are less varied: they do not"
                + " follow p(x | y) any more. A scale of 1 is the plain conditional model.")
        .formula("ε̃ = ε(x_t) + s ( ε(x_t, y) - ε(x_t) )")
        .formula("ε(x_t, y) - ε(x_t) = -\\sqrt{1-ᾱ_t} ∇ log p(y | x_t)")
        .plots(plots);
    Gaussian component = GaussianMixture.PLANE.components().get(LABEL);
    double variance = component.covariance(0, 0) + component.covariance(1, 1);
    page.atMost(
            "largest difference from guidance by the exact classifier, scale 4",
            againstClassifier(4),
            1e-4)
        .near(
            "variance of the samples over the label's, scale 1",
            Points.variance(drawn[0]) / variance,
            1,
            0.15)
        .atMost(
            "the same, scale 4 over scale 1",
            Points.variance(drawn[2]) / Points.variance(drawn[0]),
            0.9)
        .atLeast("share of samples surely of the label, scale 4", sure(drawn[2]), 0.97)
        .atLeast("the same, scale 4 minus scale 1", sure(drawn[2]) - sure(drawn[0]), 0.02);
  }
}
