package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;

/** The score of noisy data, and the noise that a denoiser sees. */
final class ScoreField implements Toy {
  private static final double REACH = 3;
  private static final int ARROWS = 13;
  private static final int FINE = 61;
  private static final int DRAWS = 400_000;
  private static final int[] SHOWN = {20, 250, 700};

  @Override
  public String name() {
    return "score";
  }

  @Override
  public String title() {
    return "The score field: predicted noise points away from the data";
  }

  private static GaussianMixture at(int t) {
    return GaussianMixture.PLANE.at(Line.PROCESS.alpha(t), Line.PROCESS.sigma(t));
  }

  private static double[][] density(GaussianMixture mixture) {
    double[] places = Numbers.range(-REACH, REACH, FINE);
    double[][] rows = new double[FINE][FINE];
    for (int i = 0; i < FINE; i++) {
      for (int j = 0; j < FINE; j++) {
        double[] point = {places[j], places[FINE - 1 - i]};
        rows[i][j] = Math.exp(mixture.logDensity(point));
      }
    }
    return rows;
  }

  private static Batch square() {
    return Points.square(REACH * 0.9, ARROWS);
  }

  /** −ε/σ of the perfect denoiser, as arrows of limited length. */
  private static SvgPlot field(int t) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    Batch points = square();
    Batch epsilon = Points.read(denoiser, points, t).epsilon();
    double[] dx = Points.column(epsilon, 0);
    double[] dy = Points.column(epsilon, 1);
    for (int n = 0; n < dx.length; n++) {
      double length = Math.hypot(dx[n], dy[n]);
      double shown = -0.4 * Math.tanh(length) / Math.max(length, 1e-9);
      dx[n] *= shown;
      dy[n] *= shown;
    }
    return new SvgPlot("x₁", "x₂", "Density and score at t = " + t + ".")
        .plane(REACH)
        .density(density(at(t)))
        .arrows("", Points.column(points, 0), Points.column(points, 1), dx, dy);
  }

  /** Largest difference of −ε/σ from the slope of ln p, by central differences. */
  private static double againstDifferences(int t) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    GaussianMixture mixture = at(t);
    Batch points = square();
    Batch epsilon = Points.read(denoiser, points, t).epsilon();
    double most = 0;
    for (int i = 0; i < points.data().length; i++) {
      double slope = Points.slope(mixture::logDensity, points, i);
      most = Math.max(most, Math.abs(slope + epsilon.data()[i] / Line.PROCESS.sigma(t)));
    }
    return most;
  }

  /**
   * The mean noise of simulated points that fall near a place.
   *
   * @return in the first coordinate; then its standard error, then what the denoiser has there
   */
  private static double[] simulated(int t, double x, double y) {
    double alpha = Line.PROCESS.alpha(t);
    double sigma = Line.PROCESS.sigma(t);
    GaussianMixture noisy = at(t);
    RandomStream stream = Numbers.stream(5, t);
    double[] point = new double[2];
    double[] score = new double[2];
    double sum = 0;
    double squares = 0;
    int count = 0;
    double expected = 0;
    for (int n = 0; n < DRAWS; n++) {
      GaussianMixture.PLANE.draw(stream, point);
      double ex = stream.nextGaussian();
      double ey = stream.nextGaussian();
      double px = alpha * point[0] + sigma * ex;
      double py = alpha * point[1] + sigma * ey;
      if (Math.hypot(px - x, py - y) < 0.2) {
        sum += ex;
        squares += ex * ex;
        count++;
        noisy.logDensity(new double[] {px, py}, Condition.NO_LABEL, score);
        expected -= sigma * score[0];
      }
    }
    double mean = sum / count;
    return new double[] {
      mean, Math.sqrt((squares / count - mean * mean) / count), expected / count
    };
  }

  @Override
  public void run(ToyPage page) {
    page.text(
            "The gradient of the log density of noisy data, the score, points to where data are"
                + " likely. It is minus the expected noise over the deviation of the noise: a"
                + " network that predicts ε is a model of the score (Song et al. 2021,"
                + " sec. 3.3; Vincent 2011). Near the data it separates the modes, far in the"
                + " noise it points to the middle of them all.")
        .formula("∇ log q(x_t) = -\\frac{E[ε | x_t]}{\\sqrt{1-ᾱ_t}}")
        .plots(field(SHOWN[0]), field(SHOWN[1]), field(SHOWN[2]));
    for (int t : SHOWN) {
      double sigma = Line.PROCESS.sigma(t);
      page.atMost(
          "largest difference of −ε̂/σ from the slope of ln q, t = " + t,
          againstDifferences(t),
          1e-4 / sigma);
    }
    double[] near = simulated(250, 0.5, 0.5);
    page.near(
        "mean noise ε₁ of simulated points near (0.5, 0.5), t = 250",
        near[0],
        near[2],
        4 * near[1]);
  }
}
