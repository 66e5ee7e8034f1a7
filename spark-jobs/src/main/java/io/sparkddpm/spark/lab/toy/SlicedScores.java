package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ExampleKey;
import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.SimpleObjective;
import io.sparkddpm.objective.SlicedScoreObjective;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.stream.LongStream;

/** Sliced score matching against the squared error of ε. */
final class SlicedScores implements Toy {
  private static final int DRAWS = 4000;
  private static final int CURVE_LEVEL = 500;

  @Override
  public String name() {
    return "sliced-score";
  }

  @Override
  public String title() {
    return "Sliced score matching: the same optimum without looking at the noise";
  }

  /** Always the same timestep. */
  private record At(int t) implements Clock {
    private static final long serialVersionUID = 1L;

    @Override
    public double level(ExampleKey example) {
      return t;
    }

    @Override
    public double weight(double level) {
      return 1;
    }
  }

  /** Loss of each example under the model a·E[ε | x_t], and its gradient by a. */
  private record Seen(double[] losses, double[] gradients) {
    static Seen of(ObjectiveConfig config, int t, double a) {
      GaussianDiffusion diffusion = Line.diffusion(PredictionType.EPSILON);
      Objective objective = config.objective(diffusion, new ConstantWeighting());
      Minibatch clean =
          new Minibatch(
              0,
              0,
              Points.draw(Line.DATA, DRAWS, 16),
              Condition.none(DRAWS),
              LongStream.range(0, DRAWS).toArray());
      TrainingBatch batch = new TrainingBatches(diffusion, new At(t), 16).noise(clean);
      Denoiser exact = new MixtureDenoiser(Line.DATA, Line.PROCESS);
      Batch epsilon = Points.read(exact, objective.input(batch).x(), t).epsilon();
      Batch output = epsilon.like();
      for (int i = 0; i < output.data().length; i++) {
        output.data()[i] = (float) (a * epsilon.data()[i]);
      }
      ItemLosses losses = new ItemLosses(DRAWS);
      objective.evaluate(batch, 0, DRAWS, output, losses);
      double[] gradients = new double[DRAWS];
      int each = objective.evaluations();
      for (int i = 0; i < output.data().length; i++) {
        gradients[i / each] += (double) DRAWS * output.data()[i] * epsilon.data()[i];
      }
      return new Seen(losses.losses(), gradients);
    }
  }

  /** The a of the least mean loss, which is a parabola in a. */
  private static double minimum(ObjectiveConfig config, int t) {
    double zero = Numbers.mean(Seen.of(config, t, 0).losses());
    double one = Numbers.mean(Seen.of(config, t, 1).losses());
    double two = Numbers.mean(Seen.of(config, t, 2).losses());
    double slope = 2 * one - 1.5 * zero - 0.5 * two;
    return -slope / (two - 2 * one + zero);
  }

  private static double[] losses(ObjectiveConfig config, double[] a) {
    return Numbers.map(a, v -> Numbers.mean(Seen.of(config, CURVE_LEVEL, v).losses()));
  }

  private static double[] variances(ObjectiveConfig config, double[] t) {
    return Numbers.map(t, s -> Numbers.variance(Seen.of(config, (int) s, 1).gradients()));
  }

  @Override
  public void run(ToyPage page) {
    ObjectiveConfig denoising = new SimpleObjective();
    ObjectiveConfig sliced = SlicedScoreObjective.DEFAULTS;
    double[] a = Numbers.range(0, 2, 11);
    double[] t = {5, 10, 20, 40, 70, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900};
    double[] ofDenoising = variances(denoising, t);
    double[] ofSliced = variances(sliced, t);
    page.text(
            "Score matching compares the model's score with that of the data without knowing the"
                + " latter, by an integration by parts (Hyvärinen 2005); slicing replaces the trace"
                + " of its derivative by the slope along a random direction v (Song et al. 2019)."
                + " Denoising score matching, which is L_simple, compares with the noise that was"
                + " added (Vincent 2011). The two losses differ by a factor and a constant: for ε̂"
                + " = −σ s the mean of 1 + 2σ²J/D is the mean squared error of ε. Here the model is"
                + " a times the exact ε. Both losses are least at a = 1, but the gradients of"
                + " single examples scatter differently: where noise prevails, the loss that"
                + " compares with it hardly scatters, and the sliced one does.")
        .formula("J = E[ v^T \\frac{∂s}{∂x} v + \\frac{1}{2} ‖s‖^2 ]")
        .formula("\\frac{1}{D} E ‖ε̂-ε‖^2 = 1 + \\frac{2 σ^2}{D} J")
        .plots(
            new SvgPlot("a", "loss", "Mean loss at t = 500.")
                .curve("denoising", a, losses(denoising, a))
                .curve("sliced", a, losses(sliced, a)),
            new SvgPlot("t", "variance", "Variance of one example's gradient by a, at a = 1.")
                .logarithmicY()
                .curve("denoising", t, ofDenoising)
                .curve("sliced", t, ofSliced));
    for (int s : new int[] {100, 500, 900}) {
      Seen one = Seen.of(denoising, s, 1);
      Seen other = Seen.of(sliced, s, 1);
      double curvature =
          Numbers.mean(Seen.of(sliced, s, 2).gradients()) - Numbers.mean(other.gradients());
      double error = Math.sqrt(Numbers.variance(other.gradients()) / DRAWS);
      double ofLosses =
          Math.sqrt((Numbers.variance(one.losses()) + Numbers.variance(other.losses())) / DRAWS);
      page.near(
              "a of the least sliced loss, t = " + s, minimum(sliced, s), 1, 5 * error / curvature)
          .near(
              "mean loss at a = 1, sliced less denoising, t = " + s,
              Numbers.mean(other.losses()) - Numbers.mean(one.losses()),
              0,
              5 * ofLosses);
    }
    int last = t.length - 1;
    page.atLeast(
        "variance, sliced over denoising, t = 900", ofSliced[last] / ofDenoising[last], 20);
  }
}
