package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.Objects;

/**
 * Before each step of a predictor, Langevin steps at the same level: {@code x ← x + δ·s + √(2δ)·z}
 * with δ = 2(1−β)(r‖z‖/‖s‖)² of each item; Song et al. 2021 (arXiv:2011.13456), alg. 3 and 5. The
 * official code averages the norms over the batch, which would make an item depend on its company.
 */
@Variant(
    value = "predictor-corrector",
    description =
        "Langevin steps before each step of the reverse SDE: hundreds of steps (Song et al. 2021)")
public record PredictorCorrectorSolver(
    @Key("what takes the step to the next level") Predictor predictor,
    @Key(value = "Langevin steps at each level, an evaluation each", range = "[1, inf)")
        int corrections,
    @Key(
            value = "signal-to-noise ratio r of a Langevin step, which sets its size",
            range = "(0, inf)")
        double snr)
    implements Solver {
  /** The paper's for CIFAR-10. */
  public static final PredictorCorrectorSolver DEFAULTS =
      new PredictorCorrectorSolver(Predictor.REVERSE_DIFFUSION, 1, 0.16);

  private static final long serialVersionUID = 1L;

  /** What takes the step to the next level. */
  public enum Predictor {
    /** {@link ReverseDiffusionSolver}. */
    REVERSE_DIFFUSION(new ReverseDiffusionSolver()),
    /** {@link EulerMaruyamaSolver}. */
    EULER_MARUYAMA(new EulerMaruyamaSolver()),
    /** {@link AncestralSolver}. */
    ANCESTRAL(AncestralSolver.DEFAULTS);

    private final LinearSolver solver;

    Predictor(LinearSolver solver) {
      this.solver = solver;
    }
  }

  /** Checks the ranges. */
  public PredictorCorrectorSolver {
    Objects.requireNonNull(predictor);
    checkArgument(corrections >= 1, "corrections must be at least 1, got %s", corrections);
    checkArgument(snr > 0 && snr <= Double.MAX_VALUE, "snr must be above 0, got %s", snr);
  }

  @Override
  public boolean addsNoise() {
    return true;
  }

  @Override
  public int evaluations(int steps) {
    return (1 + corrections) * steps;
  }

  @Override
  public void solve(Trajectory path) {
    Transition[] transitions = path.transitions();
    LinearSteps steps = new LinearSteps(predictor.solver, path, transitions);
    Langevin langevin = new Langevin(path);
    for (int i = 0; i < transitions.length; i++) {
      for (int c = 0; c < corrections; c++) {
        langevin.take(transitions[i], snr);
      }
      steps.take(i);
    }
  }

  /**
   * Langevin steps with a size of each item's own. The score is −ε/σ of the ε that was predicted,
   * which keeps its digits where σ is small.
   */
  private static final class Langevin {
    private final Trajectory path;
    private final Reading seen;
    private final Batch z;
    private final Batch[] terms;
    private final double[] fromX;
    private final double[][] factors;

    Langevin(Trajectory path) {
      this.path = path;
      seen = path.newReadingWithEpsilon();
      z = path.newBatch();
      terms = new Batch[] {seen.epsilon(), z};
      fromX = new double[z.count()];
      Arrays.fill(fromX, 1);
      factors = new double[2][z.count()];
    }

    void take(Transition step, double snr) {
      path.predict(step.from(), seen);
      path.drawNoise(z);
      double sigma = Math.sqrt(step.noiseFrom());
      for (int n = 0; n < z.count(); n++) {
        double score = squares(seen.epsilon(), n) / step.noiseFrom();
        double ratio = score == 0 ? 0 : squares(z, n) / score;
        double size = 2.0 * (1.0 - step.beta()) * snr * snr * ratio;
        factors[0][n] = -size / sigma;
        factors[1][n] = Math.sqrt(2.0 * size);
      }
      path.moveItems(fromX, factors, terms);
    }

    private static double squares(Batch batch, int item) {
      double sum = 0;
      for (int i = batch.offset(item); i < batch.offset(item + 1); i++) {
        sum += (double) batch.data()[i] * batch.data()[i];
      }
      return sum;
    }
  }
}
