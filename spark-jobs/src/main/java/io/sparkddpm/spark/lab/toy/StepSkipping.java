package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.DpmSolver;
import io.sparkddpm.solver.HeunSolver;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/** How far samples of few steps are from those of many. */
final class StepSkipping implements Toy {
  private static final int COUNT = 200;
  private static final int[] STEPS = {5, 10, 20, 40, 80, 160};

  @Override
  public String name() {
    return "skipping";
  }

  @Override
  public String title() {
    return "Skipping steps: DDIM and solvers of higher order";
  }

  private static Batch sample(Solver solver, Spacing spacing, int steps) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, Line.PROCESS);
    return Points.sample(solver, denoiser, spacing.grid(steps, Line.PROCESS), 2, COUNT);
  }

  /** Root mean square distance of samples from the ODE's exact ends for the same noise. */
  private static double[] errors(Solver solver, Batch exact) {
    double[] errors = new double[STEPS.length];
    for (int i = 0; i < STEPS.length; i++) {
      Batch found = sample(solver, Spacing.LOG_SNR, STEPS[i]);
      errors[i] = Math.sqrt(Points.squaredDistance(found, exact));
    }
    return errors;
  }

  /** By which power of the number of steps the error falls, between 40 and 160. */
  private static double order(double[] errors) {
    return Math.log(errors[3] / errors[5]) / Math.log(4);
  }

  @Override
  public void run(ToyPage page) {
    Batch exact = sample(HeunSolver.DEFAULTS, Spacing.KARRAS, 500);
    double[] steps = Arrays.stream(STEPS).asDoubleStream().toArray();
    double[] ddim = errors(DdimSolver.DEFAULTS, exact);
    double[] second = errors(DpmSolver.DEFAULTS, exact);
    double[] heun = errors(HeunSolver.DEFAULTS, exact);
    page.text(
            "DDIM's steps (Song, Meng and Ermon 2021, eq. 12 with σ = 0) follow the"
                + " probability-flow ODE, so that steps may be skipped: the error falls with the"
                + " first power of their number. DPM-Solver++ (Lu et al. 2022) remembers the step"
                + " before and Heun's method (Karras et al. 2022) evaluates twice; theirs fall"
                + " with the second power. The ancestral steps of DDPM add fresh noise and are no"
                + " path to compare: their samples are new ones.")
        .formula("x_{s} = \\sqrt{ᾱ_s} x̂_0(x_t) + \\sqrt{1-ᾱ_s} ε̂(x_t)")
        .plots(
            new SvgPlot("steps", "error", "Distance from the exact end of the ODE.")
                .logarithmicX()
                .logarithmicY()
                .curve("DDIM", steps, ddim)
                .curve("DPM-Solver++, order 2", steps, second)
                .curve("Heun, two evaluations a step", steps, heun),
            Points.scatter("DDIM, 10 steps", sample(DdimSolver.DEFAULTS, Spacing.LOG_SNR, 10)),
            Points.scatter(
                "DPM-Solver++, 10 steps", sample(DpmSolver.DEFAULTS, Spacing.LOG_SNR, 10)),
            Points.scatter(
                "ancestral, 10 steps", sample(AncestralSolver.DEFAULTS, Spacing.UNIFORM, 10)))
        .near("order of DDIM", order(ddim), 1, 0.25)
        .near("order of DPM-Solver++ 2", order(second), 2, 0.5)
        .near("order of Heun's method", order(heun), 2, 0.6)
        .atMost("error of DDIM with 160 steps", ddim[5], 0.05)
        .atMost("error of DPM-Solver++ 2 with 40 steps", second[3], 0.05);
  }
}
