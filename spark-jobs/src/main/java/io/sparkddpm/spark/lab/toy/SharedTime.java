package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ExampleKey;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;

/** One embedding of all timesteps against a vector of its own for each of them. */
final class SharedTime implements Toy {
  private static final int T = 100;
  private static final int STEPS = 400;
  private static final int DRAWS = 500;
  private static final GaussianDiffusion DIFFUSION =
      new GaussianDiffusion(
          NoiseSchedule.of(new LinearSchedule(T, 1e-3, 0.2)),
          new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, false));

  @Override
  public String name() {
    return "time";
  }

  @Override
  public String title() {
    return "One network for all timesteps: a shared embedding or separate vectors";
  }

  /** Even timesteps alone. */
  private record EvenTimesteps() implements Clock {
    private static final long serialVersionUID = 1L;

    @Override
    public double level(ExampleKey example) {
      return 2 * example.stream().nextInt(T / 2);
    }

    @Override
    public double weight(double level) {
      return 1;
    }
  }

  /** Mean squared distance of a network's ε from E[ε|xₜ], by t. */
  private static double[] errors(int separateTimes) {
    Objective objective = ObjectiveConfig.DEFAULTS.objective(DIFFUSION, new ConstantWeighting());
    double[] errors = new double[T];
    try (PointTraining training =
        new PointTraining(
                Line.DATA, DIFFUSION, objective, new EvenTimesteps(), STEPS, separateTimes)
            .run()) {
      for (int t = 0; t < T; t++) {
        Batch xt = Points.noised(DIFFUSION, Points.draw(Line.DATA, DRAWS, 50L + t), t, 50L + t);
        Batch found = Points.read(training.denoiser(), xt, t).epsilon();
        MixtureDenoiser exact = new MixtureDenoiser(Line.DATA, DIFFUSION.process());
        errors[t] = Points.squaredDistance(found, Points.read(exact, xt, t).epsilon());
      }
    }
    return errors;
  }

  private static double[] every(double[] values, int first) {
    return Numbers.map(
        Numbers.range(first, T - 2.0 + first, T / 2), t -> values[(int) Math.round(t)]);
  }

  @Override
  public void run(ToyPage page) {
    double[] shared = errors(0);
    double[] separate = errors(T);
    double[] even = Numbers.range(0, T - 2.0, T / 2);
    double[] odd = Numbers.range(1, T - 1.0, T / 2);
    page.text(
            "One network serves all timesteps and is given t through sines and cosines, as"
                + " transformers are given positions (Ho et al. 2020, app. B). Neighbouring t look"
                + " alike to it, so that what is learned at one t serves at others. Here both"
                + " networks are trained at even t alone. With a vector of its own for each t"
                + " nothing connects these: at odd t, whose vectors are as they began, the network"
                + " knows nothing of how noisy its input is.")
        .formula("e_i(t) = sin( t 10000^{-i/(n-1)} ) ,  e_{n+i}(t) = cos( t 10000^{-i/(n-1)} )")
        .plots(
            new SvgPlot("t", "error", "Shared: squared distance of ε̂ from E[ε|xₜ].")
                .logarithmicY()
                .curve("t that were trained", even, every(shared, 0))
                .curve("t between them", odd, every(shared, 1)),
            new SvgPlot("t", "error", "Separate vectors: the same.")
                .logarithmicY()
                .curve("t that were trained", even, every(separate, 0))
                .curve("t between them", odd, every(separate, 1)))
        .near(
            "shared: error at unseen t over that at seen t",
            Numbers.mean(every(shared, 1)) / Numbers.mean(every(shared, 0)),
            1,
            0.25)
        .atLeast(
            "separate: error at unseen t over that at seen t",
            Numbers.mean(every(separate, 1)) / Numbers.mean(every(separate, 0)),
            3)
        .atLeast(
            "error at unseen t, separate over shared",
            Numbers.mean(every(separate, 1)) / Numbers.mean(every(shared, 1)),
            3);
  }
}
