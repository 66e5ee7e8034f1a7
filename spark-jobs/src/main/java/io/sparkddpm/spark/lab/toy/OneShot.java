package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.tensor.Batch;

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
    Batch xt = Points.noised(Line.diffusion(PredictionType.EPSILON), data, t, t);
    return Points.read(denoiser, xt, t).x0();
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
            Points.scatter("One jump from t = 999.", jumps[0]),
            Points.scatter("One jump from t = 600.", jumps[1]),
            Points.scatter("One jump from t = 300.", jumps[2]),
            Points.scatter("Step by step, 1000 steps.", steps));
    double whole = Points.variance(data);
    page.atMost(
        "variance of x̂₀ from t = 999, over the data's", Points.variance(jumps[0]) / whole, 0.01);
    for (int i = 0; i < SHOWN.length; i++) {
      // Var x0 = Var E[x0|xt] + E Var[x0|xt]
      page.near(
          "variance of x̂₀ plus its squared error, over the data's, t = " + SHOWN[i],
          (Points.variance(jumps[i]) + Points.squaredDistance(jumps[i], data)) / whole,
          1,
          0.12);
    }
    page.near(
            "variance of samples made step by step, over the data's",
            Points.variance(steps) / whole,
            1,
            0.12)
        .atLeast(
            "squared error of such samples over that of the jump from t = 999",
            Points.squaredDistance(steps, data) / Points.squaredDistance(jumps[0], data),
            1.7);
  }
}
