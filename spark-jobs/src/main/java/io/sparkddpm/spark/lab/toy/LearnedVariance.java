package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.HybridObjective;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/** A learned variance between β̃ and β, against both and against the best constant. */
final class LearnedVariance implements Toy {
  private static final int T = 25;
  private static final int STEPS = 900;
  private static final int DRAWS = 1500;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(new LinearSchedule(T, 4e-3, 0.7));

  @Override
  public String name() {
    return "variance";
  }

  @Override
  public String title() {
    return "The variance of a step: β, β̃, or learned";
  }

  /** −ln p of a step's result and the variance itself, each a mean over data. */
  private static final class Step {
    double beta;
    double posterior;
    double learned;
    double learnedVariance;
    double bestVariance;

    static Step measure(GaussianDiffusion diffusion, PointTraining training, int t) {
      Batch x0 = Points.draw(Line.DATA, DRAWS, 100L + t);
      Batch xt = Points.noised(diffusion, x0, t, 100L + t);
      Reading exact = Points.read(new MixtureDenoiser(Line.DATA, diffusion.process()), xt, t);
      Reading learned = Reading.ofX0AndVariance(DRAWS, xt.shape());
      double[] levels = new double[DRAWS];
      Arrays.fill(levels, t);
      training.denoiser().predict(xt, levels, Condition.none(DRAWS), learned);
      Step step = new Step();
      double fromX0 = Math.pow(SCHEDULE.posteriorMeanCoefX0(t), 2);
      for (int n = 0; n < DRAWS; n++) {
        double off = (double) x0.data()[n] - exact.x0().data()[n];
        double spread = SCHEDULE.posteriorVariance(t) + fromX0 * off * off;
        double logVariance = diffusion.pLogVariance(t, learned.variance().data()[n]);
        step.beta += cost(Math.log(SCHEDULE.beta(t)), spread);
        step.posterior += cost(Math.log(SCHEDULE.posteriorVariance(t)), spread);
        step.learned += cost(logVariance, spread);
        step.learnedVariance += Math.exp(logVariance) / DRAWS;
        step.bestVariance += spread / DRAWS;
      }
      return step;
    }

    /**
     * −ln of a normal density, but for a constant, where the squared distance is {@code spread}.
     */
    private static double cost(double logVariance, double spread) {
      return 0.5 * (logVariance + spread / Math.exp(logVariance)) / DRAWS;
    }
  }

  @Override
  public void run(ToyPage page) {
    DiffusionConfig config =
        new DiffusionConfig(PredictionType.EPSILON, VarianceType.LEARNED_RANGE, false);
    GaussianDiffusion diffusion = new GaussianDiffusion(SCHEDULE, config);
    Objective objective = HybridObjective.DEFAULTS.objective(diffusion, new ConstantWeighting());
    double[] t = Numbers.range(1, T - 1, T - 1);
    double[][] variances = new double[4][t.length];
    double[] sums = new double[3];
    try (PointTraining training = new PointTraining(Line.DATA, diffusion, objective, STEPS).run()) {
      for (int i = 0; i < t.length; i++) {
        Step step = Step.measure(diffusion, training, i + 1);
        variances[0][i] = SCHEDULE.beta(i + 1);
        variances[1][i] = SCHEDULE.posteriorVariance(i + 1);
        variances[2][i] = step.learnedVariance;
        variances[3][i] = step.bestVariance;
        sums[0] += step.beta;
        sums[1] += step.posterior;
        sums[2] += step.learned;
      }
    }
    page.text(
            "β is the right variance of a step back for data from N(0, I), β̃ for data that are a"
                + " single point (Ho et al. 2020, sec. 3.2); other data of variance 1 lie between."
                + " These have 1.7, and at most t the best is a little above β. With many steps the"
                + " choice hardly matters, with few it does. Nichol and Dhariwal 2021 let the"
                + " network choose by a v for each element and train v with the variational bound"
                + " alone. Best is β̃ plus what x₀ leaves open, on average Var[x₀ | xₜ] times the"
                + " square of its factor in the posterior mean (Bao et al. 2022). Here T is 25.")
        .formula("σ_t^2 = exp( v' log β_t + (1-v') log β̃_t ) ,  v' = \\frac{v+1}{2}")
        .formula("σ_t^{*2} = β̃_t + \\frac{ᾱ_{t-1} β_t^2}{(1-ᾱ_t)^2} E Var[x_0 | x_t]")
        .plots(
            new SvgPlot("t", "variance", "The choices by t.")
                .logarithmicY()
                .curve("β", t, variances[0])
                .curve("β̃", t, variances[1])
                .curve("learned, mean", t, variances[2])
                .dashed("best constant", t, variances[3]))
        .atLeast("bound with β less that with the learned, in nats", sums[0] - sums[2], 0.05)
        .atLeast("bound with β̃ less that with the learned, in nats", sums[1] - sums[2], 0.05);
  }
}
