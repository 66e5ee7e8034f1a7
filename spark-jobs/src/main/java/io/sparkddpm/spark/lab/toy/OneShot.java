package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Locale;

/** x̂0 in one jump against going step by step. */
final class OneShot implements Toy {
  private static final int COUNT = 500;
  private static final int[] SHOWN = {999, 600, 300};

  @Override
  public String name() {
    return "one-shot";
  }

  @Override
  public String title() {
    return "One jump or many steps: why x̂₀ from pure noise is a blur";
  }

  private static Batch jump(int t, Batch data) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    Batch noise = Points.noise(data, t);
    for (int i = 0; i < noise.data().length; i++) {
      noise.data()[i] =
          (float)
              (Line.PROCESS.alpha(t) * data.data()[i] + Line.PROCESS.sigma(t) * noise.data()[i]);
    }
    return Points.read(denoiser, noise, t).x0();
  }

  private static double spread(Batch points) {
    return Numbers.variance(Points.column(points, 0)) + Numbers.variance(Points.column(points, 1));
  }

  /** Mean squared distance of two batches, point by point. */
  private static double error(Batch a, Batch b) {
    double squares = 0;
    for (int i = 0; i < a.data().length; i++) {
      squares += Math.pow((double) a.data()[i] - b.data()[i], 2);
    }
    return squares / a.count();
  }

  private static SvgPlot scatter(String caption, Batch points) {
    return new SvgPlot("x₁", "x₂", caption)
        .plane(3)
        .points("", Points.column(points, 0), Points.column(points, 1));
  }

  @Override
  public void run(ToyPage page) {
    Batch data = Points.draw(GaussianMixture.PLANE, COUNT, 8);
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    Batch steps =
        Points.sample(
            AncestralSolver.DEFAULTS, denoiser, Spacing.UNIFORM.grid(1000, Line.PROCESS), 2, COUNT);
    Batch[] jumps = new Batch[SHOWN.length];
    for (int i = 0; i < SHOWN.length; i++) {
      jumps[i] = jump(SHOWN[i], data);
    }
    page.text(
            "x̂₀ is the mean of all data that may lie behind xₜ, not one of them. From pure noise"
                + " that is the mean of everything: for images a blur, here a single point where"
                + " there may be no data at all. No other guess has a smaller squared error, and"
                + " yet it is no sample. A step back moves only a little towards x̂₀ and adds"
                + " noise, the next x̂₀ is the mean of fewer possibilities, and at the end one of"
                + " them is left (Ho et al. 2020, alg. 2).")
        .formula("x̂_0(x_t) = E[x_0 | x_t] = \\frac{x_t-\\sqrt{1-ᾱ_t} ε̂(x_t,t)}{\\sqrt{ᾱ_t}}")
        .plots(
            scatter("One jump from t = 999.", jumps[0]),
            scatter("One jump from t = 600.", jumps[1]),
            scatter("One jump from t = 300.", jumps[2]),
            scatter("Step by step, 1000 steps.", steps));
    double whole = spread(data);
    page.atMost("variance of x̂₀ from t = 999, by the data's", spread(jumps[0]) / whole, 0.01);
    for (int i = 0; i < SHOWN.length; i++) {
      // Var x0 = Var E[x0|xt] + E Var[x0|xt]
      page.near(
          String.format(
              Locale.ROOT,
              "variance of x̂₀ and its squared error, by the data's, t = %d",
              SHOWN[i]),
          (spread(jumps[i]) + error(jumps[i], data)) / whole,
          1,
          0.12);
    }
    page.near(
            "variance of samples made step by step, by the data's", spread(steps) / whole, 1, 0.12)
        .atLeast(
            "squared error of such samples by that of the jump from t = 999",
            error(steps, data) / error(jumps[0], data),
            1.7);
  }
}
