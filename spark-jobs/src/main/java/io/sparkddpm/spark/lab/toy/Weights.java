package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.LossWeighting;
import io.sparkddpm.objective.MinSnrWeighting;
import io.sparkddpm.objective.SnrWeighting;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;

/** What a small network gives up under different weights of the timesteps. */
final class Weights implements Toy {
  private static final int STEPS = 600;
  private static final int DRAWS = 1000;
  private static final double[] LEVELS = {10, 30, 60, 100, 200, 300, 450, 600, 800, 950};

  @Override
  public String name() {
    return "weights";
  }

  @Override
  public String title() {
    return "The weight w(t): what a small network gives up";
  }

  /** Mean squared error of ε beyond the least, by level. */
  private static double[] errors(LossWeighting weighting) {
    GaussianDiffusion diffusion = Line.diffusion(PredictionType.X0);
    SquaredError objective = new SquaredError(diffusion, weighting);
    double[] errors = new double[LEVELS.length];
    try (PointTraining training = new PointTraining(Line.DATA, diffusion, objective, STEPS).run()) {
      for (int i = 0; i < LEVELS.length; i++) {
        errors[i] = error(diffusion, training.denoiser(), (int) LEVELS[i]);
      }
    }
    return errors;
  }

  private static double error(GaussianDiffusion diffusion, Denoiser denoiser, int t) {
    Batch xt = Points.noised(diffusion, Points.draw(Line.DATA, DRAWS, 17), t, 17);
    Denoiser exact = new MixtureDenoiser(Line.DATA, Line.PROCESS);
    return Points.squaredDistance(
        Points.read(denoiser, xt, t).epsilon(), Points.read(exact, xt, t).epsilon());
  }

  /** The same errors as errors of x_0. */
  private static double[] ofX0(double[] errors) {
    double[] result = new double[errors.length];
    for (int i = 0; i < errors.length; i++) {
      result[i] = errors[i] / Line.SCHEDULE.snr((int) LEVELS[i]);
    }
    return result;
  }

  @Override
  public void run(ToyPage page) {
    double[] constant = errors(new ConstantWeighting());
    double[] snr = errors(new SnrWeighting());
    double[] minSnr = errors(new MinSnrWeighting(5));
    page.text(
            "All weights have the same minimum where a network can represent it. A small one that"
                + " is trained for a short time cannot fit every t, and w(t) decides which it"
                + " fails. All three predict x₀ here. Plain squared error of x₀ neglects small t,"
                + " where x₀ is easily seen but ε is not; the weight SNR, which makes it the loss"
                + " of ε, looks at small t above all and pays with x₀ at large t, which decides"
                + " the coarse form; min(SNR, 5) lies between (Hang et al. 2023).")
        .formula("L = E_t [ w(t) ‖x̂_0-x_0‖^2 ] ,  w = 1 ,  SNR ,  min(SNR, 5)")
        .plots(
            plot("ε", "Squared error of ε beyond the least possible.", constant, snr, minSnr),
            plot(
                "x₀",
                "Squared error of x₀ beyond the least possible.",
                ofX0(constant),
                ofX0(snr),
                ofX0(minSnr)))
        .atLeast("ε's error at t = 10, constant over SNR", constant[0] / snr[0], 2)
        .atLeast("x₀'s error at t = 600, SNR over constant", snr[7] / constant[7], 1.2);
  }

  private static SvgPlot plot(
      String of, String caption, double[] constant, double[] snr, double[] minSnr) {
    return new SvgPlot("t", "error of " + of, caption)
        .logarithmicY()
        .curve("constant", LEVELS, constant)
        .curve("SNR", LEVELS, snr)
        .curve("min(SNR, 5)", LEVELS, minSnr);
  }
}
