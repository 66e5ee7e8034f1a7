package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.Gaussian;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.objective.BoundObjective;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.SecondMomentClock;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.Arrays;
import java.util.List;

/** Timesteps drawn by their losses, for a loss that differs much between them. */
final class ImportanceSampling implements Toy {
  private static final int T = 100;
  private static final int STEPS = 700;
  private static final int LAST = 300;

  /** Within [−1, 1], as the decoder of the last step wants them. */
  private static final GaussianMixture DATA =
      new GaussianMixture(List.of(Gaussian.of(-0.5, 0.01), Gaussian.of(0.5, 0.01)), 0.5, 0.5);

  @Override
  public String name() {
    return "importance";
  }

  @Override
  public String title() {
    return "Importance sampling: timesteps with large losses more often";
  }

  private static PointTraining trained(ClockConfig clock) {
    GaussianDiffusion diffusion =
        new GaussianDiffusion(
            NoiseSchedule.of(new LinearSchedule(T, 1e-3, 0.2)),
            new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, false));
    Objective objective = new BoundObjective().objective(diffusion, new ConstantWeighting());
    return new PointTraining(DATA, diffusion, objective, clock.start(T, 128), STEPS).run();
  }

  @Override
  public void run(ToyPage page) {
    try (PointTraining uniform = trained(new ClockConfig.Uniform());
        PointTraining important = trained(ClockConfig.SecondMoment.DEFAULTS)) {
      SecondMomentClock clock = (SecondMomentClock) important.clock();
      double[] t = Numbers.range(0, T - 1, T);
      double[] steps = Numbers.range(STEPS - LAST, STEPS - 1, LAST);
      double[] a = Arrays.copyOfRange(uniform.losses(), STEPS - LAST, STEPS);
      double[] b = Arrays.copyOfRange(important.losses(), STEPS - LAST, STEPS);
      double error = Math.sqrt((Numbers.variance(a) + Numbers.variance(b)) / LAST);
      page.text(
              "The terms of the variational bound differ by orders of magnitude between timesteps,"
                  + " so that a batch of uniform t gives a noisy estimate of their sum. Drawing t"
                  + " in proportion to the root of the mean squared loss seen there, and dividing"
                  + " by that probability, keeps the mean and has the least variance (Nichol and"
                  + " Dhariwal 2021, sec. 3.3). The mean squared error of ε needs it less.")
          .formula("L = E_{t∼p} [ \\frac{L_t}{p_t} ] ,  p_t ∝ \\sqrt{E[L_t^2]}")
          .plots(
              new SvgPlot("t", "probability", "How t is drawn at the end; dashed: uniformly.")
                  .logarithmicY()
                  .curve("by importance", t, Numbers.map(t, s -> clock.probability((int) s)))
                  .dashed("uniform", t, Numbers.map(t, s -> 1.0 / T)),
              new SvgPlot("step", "loss", "The bound in bits, as estimated by each batch.")
                  .curve("uniform", steps, a)
                  .curve("by importance", steps, b))
          .atLeast(
              "variance of a batch's loss, uniform over importance",
              Numbers.variance(a) / Numbers.variance(b),
              2)
          .near(
              "mean loss, uniform less importance",
              Numbers.mean(a) - Numbers.mean(b),
              0,
              5 * error + 0.1 * Math.abs(Numbers.mean(b)));
    }
  }
}
