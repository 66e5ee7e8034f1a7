package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Gaussian;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.List;

/** What a network that minimises L_simple learns, where it can be computed. */
final class ConditionalNoise implements Toy {
  private static final double MEAN = 0.7;
  private static final double SPREAD = 0.5;
  private static final int STEPS = 800;
  private static final int[] SHOWN = {50, 300, 800};

  @Override
  public String name() {
    return "expectation";
  }

  @Override
  public String title() {
    return "What the network learns: the expected noise";
  }

  /** E[ε | x_t] of Gaussian data. */
  private static double expected(double x, double t) {
    NoiseProcess process = Line.PROCESS;
    double alpha = process.alpha(t);
    double sigma = process.sigma(t);
    double variance = alpha * alpha * SPREAD * SPREAD + sigma * sigma;
    return sigma * (x - alpha * MEAN) / variance;
  }

  /** Two and a half standard deviations of x_t to both sides of its mean. */
  private static double[] seen(int t) {
    double alpha = Line.PROCESS.alpha(t);
    double sigma = Line.PROCESS.sigma(t);
    double deviation = Math.hypot(alpha * SPREAD, sigma);
    return Numbers.range(alpha * MEAN - 2.5 * deviation, alpha * MEAN + 2.5 * deviation, 41);
  }

  @Override
  public void run(ToyPage page) {
    GaussianMixture data = new GaussianMixture(List.of(Gaussian.of(MEAN, SPREAD * SPREAD)), 1);
    GaussianDiffusion diffusion = Line.diffusion(PredictionType.EPSILON);
    SvgPlot plot = new SvgPlot("xₜ", "ε", "The trained network (curves) and the formula (dashed).");
    page.text(
            "The minimum of the squared error is the conditional mean: the network does not find"
                + " the noise that was added, which nobody can know, but its expectation given xₜ."
                + " For data from N(m, s²) that is a straight line in xₜ, flat where the noise is"
                + " small beside s, and ε = xₜ where nothing but noise is left. A small network,"
                + " trained on L_simple with all t at once, finds it, and what remains of the loss"
                + " is the variance of ε given xₜ.")
        .formula("E[ε | x_t] = \\frac{\\sqrt{1-ᾱ_t} (x_t-\\sqrt{ᾱ_t} m)}{ᾱ_t s^2+1-ᾱ_t}")
        .formula("min L_t = Var[ε | x_t] = \\frac{ᾱ_t s^2}{ᾱ_t s^2+1-ᾱ_t}");
    SquaredError objective = new SquaredError(diffusion, new ConstantWeighting());
    try (PointTraining training = new PointTraining(data, diffusion, objective, STEPS).run()) {
      for (int t : SHOWN) {
        double[] x = seen(t);
        Batch found = Points.read(training.denoiser(), Points.of(x), t).epsilon();
        Batch formula = Points.of(Numbers.map(x, value -> expected(value, t)));
        plot.curve("t = " + t, x, Points.column(found, 0)).dashed(x, Points.column(formula, 0));
        page.atMost(
            "root mean square of ε̂ − E[ε | xₜ], t = " + t,
            Math.sqrt(Points.squaredDistance(found, formula)),
            0.15);
      }
      double[] losses = training.losses();
      double[] steps = Numbers.range(0, losses.length - 1, losses.length);
      page.plots(
          plot,
          new SvgPlot("step", "loss", "L_simple in training, and the least that is possible.")
              .curve("loss", Numbers.thin(steps, 200), Numbers.thin(losses, 200))
              .dashed("mean over t of Var[ε | xₜ]", steps, Numbers.map(steps, s -> least())));
      double[] last = Arrays.copyOfRange(losses, STEPS - 200, STEPS);
      page.near("loss of the last 200 steps", Numbers.mean(last), least(), 0.02);
    }
  }

  /** The mean over t of the least loss. */
  private static double least() {
    double sum = 0;
    for (int t = 0; t < 1000; t++) {
      double signal = Math.pow(Line.PROCESS.alpha(t), 2) * SPREAD * SPREAD;
      sum += signal / (signal + Math.pow(Line.PROCESS.sigma(t), 2)) / 1000;
    }
    return sum;
  }
}
