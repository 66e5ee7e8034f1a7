package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * The implicit process over any levels: x_prev = √ᾱ_prev·x0 + √(1−ᾱ_prev−σ²)·ε + σz; Song, Meng and
 * Ermon 2021, eq. 12.
 */
@Variant(
    value = "ddim",
    description = "over any timesteps, with little noise or none (Song, Meng and Ermon 2021)")
public record DdimSolver(
    @Key(
            value = "share of the noise: 0 is deterministic, 1 the noise of β̃ (eq. 16)",
            range = "[0, 1]",
            recordedAs = "../eta")
        double eta,
    @Key(
            value =
                "which noise a step keeps where x0 is clipped: the one that agrees with x0, as in"
                    + " guided-diffusion, or the one that the network predicts, as in diffusers",
            absent = "from-x0")
        Epsilon epsilon)
    implements LinearSolver {
  /** Without noise. */
  public static final DdimSolver DEFAULTS = new DdimSolver(0);

  private static final long serialVersionUID = 1L;

  /** Which noise a step keeps; they differ where x_0 is clipped. */
  public enum Epsilon {
    /** The one that agrees with the clipped x_0, as in guided-diffusion. */
    FROM_X0,
    /** The one that the network predicts, as in diffusers. */
    PREDICTED
  }

  /** Checks the range. */
  public DdimSolver {
    checkArgument(eta >= 0 && eta <= 1, "eta must be in [0, 1], got %s", eta);
    Objects.requireNonNull(epsilon);
  }

  /** With the ε that agrees with x_0. */
  public DdimSolver(double eta) {
    this(eta, Epsilon.FROM_X0);
  }

  @Override
  public boolean addsNoise() {
    return eta > 0;
  }

  @Override
  public LinearStep step(Transition step, NoiseProcess process, Variance variance) {
    double alpha = process.alpha(step.from());
    double sigma = process.sigma(step.from());
    double direction = direction(step);
    return new LinearStep(
        direction * (1.0 / sigma),
        Math.sqrt(step.signalTo()) + direction * (-alpha / sigma),
        Math.sqrt(variance(step)));
  }

  @Override
  public void solve(Trajectory path) {
    if (epsilon == Epsilon.FROM_X0) {
      LinearSolver.super.solve(path);
      return;
    }
    Transition[] transitions = path.transitions();
    Reading seen = path.newReadingWithEpsilon();
    Batch[] terms = {seen.x0(), seen.epsilon()};
    double[] factors = new double[2];
    for (int i = 0; i < transitions.length; i++) {
      Transition step = transitions[i];
      factors[0] = Math.sqrt(step.signalTo());
      factors[1] = direction(step);
      path.evaluate(i, seen);
      path.move(0, factors, terms, Math.sqrt(variance(step)));
    }
  }

  /** σ²; Song, Meng and Ermon 2021, eq. 16. */
  private double variance(Transition step) {
    return eta * eta * step.noiseTo() / step.noiseFrom() * step.beta();
  }

  /** The coefficient of ε. */
  private double direction(Transition step) {
    return Math.sqrt(Math.max(0.0, step.noiseTo() - variance(step)));
  }
}
