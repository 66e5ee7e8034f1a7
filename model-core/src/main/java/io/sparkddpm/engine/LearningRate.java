package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;

/**
 * The step size of each step. All begin with a linear warm-up. To add one, write a record with a
 * {@link Variant} whose components are its options, and list it here.
 */
@OneOf({LearningRate.Constant.class, LearningRate.InverseSqrt.class, LearningRate.Cosine.class})
public interface LearningRate extends Serializable {
  /** Step size after the warm-up. */
  double learningRate();

  /** Steps over which the rate grows linearly from 0; 0: none. */
  int warmupSteps();

  /**
   * Factor on the rate, in [0, 1], beside that of the warm-up.
   *
   * @param step zero-based
   */
  double decay(long step);

  /**
   * Step size of a step: {@code learningRate · min(1, step / warmupSteps)} as in the official code,
   * where the first step counts as 0, times the decay.
   *
   * @param step zero-based
   */
  default double at(long step) {
    double rate =
        warmupSteps() == 0
            ? learningRate()
            : learningRate() * Math.min(1.0, (double) step / warmupSteps());
    return rate * decay(step);
  }

  private static void check(double learningRate, int warmupSteps) {
    checkArgument(
        learningRate > 0 && learningRate < 10,
        "learning-rate must be in (0, 10), got %s",
        learningRate);
    checkArgument(warmupSteps >= 0, "warmup-steps must not be negative, got %s", warmupSteps);
  }

  /** The same after the warm-up. */
  @Variant(value = "constant", description = "the same after the warm-up (Ho et al. 2020)")
  record Constant(
      @Key(
              value = "step size after the warm-up",
              range = "(0, 10)",
              recordedAs = "../learning-rate")
          double learningRate,
      @Key(
              value = "steps over which the rate grows linearly; 0: none",
              range = "[0, inf)",
              recordedAs = "../warmup-steps")
          int warmupSteps)
      implements LearningRate {
    /** Ho et al. 2020, app. B and the official code: 2e-4 after 5,000 steps. */
    public static final Constant DEFAULTS = new Constant(2e-4, 5000);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Constant {
      check(learningRate, warmupSteps);
    }

    @Override
    public double decay(long step) {
      return 1;
    }
  }

  /** α/√max(t/t_ref, 1); Karras et al. 2024 (EDM2), eq. 67. */
  @Variant(
      value = "inverse-sqrt",
      description = "falls with one over the root of the steps (Karras et al. 2024)")
  record InverseSqrt(
      @Key(value = "step size after the warm-up", range = "(0, 10)") double learningRate,
      @Key(value = "steps over which the rate grows linearly; 0: none", range = "[0, inf)")
          int warmupSteps,
      @Key(value = "steps after which it begins to fall", range = "[1, inf)") long constantSteps)
      implements LearningRate {
    /** The rate of the constant one; it falls after the 70,000 steps of EDM2. */
    public static final InverseSqrt DEFAULTS = new InverseSqrt(2e-4, 5000, 70_000);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public InverseSqrt {
      check(learningRate, warmupSteps);
      checkArgument(constantSteps >= 1, "constant-steps must be at least 1, got %s", constantSteps);
    }

    @Override
    public double decay(long step) {
      return 1 / Math.sqrt(Math.max((double) step / constantSteps, 1));
    }
  }

  /** ½(1 + cos(πt/T)), 0 from T on; Loshchilov and Hutter 2017, eq. 5. */
  @Variant(
      value = "cosine",
      description = "falls to 0 along half a cosine (Loshchilov and Hutter 2017)")
  record Cosine(
      @Key(value = "step size after the warm-up", range = "(0, 10)") double learningRate,
      @Key(value = "steps over which the rate grows linearly; 0: none", range = "[0, inf)")
          int warmupSteps,
      @Key(value = "steps after which it is 0", range = "[1, inf)") long endStep)
      implements LearningRate {
    /** The rate of the constant one, over the paper's 800,000 steps. */
    public static final Cosine DEFAULTS = new Cosine(2e-4, 5000, 800_000);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Cosine {
      check(learningRate, warmupSteps);
      checkArgument(endStep >= 1, "end-step must be at least 1, got %s", endStep);
    }

    @Override
    public double decay(long step) {
      return 0.5 * (1 + Math.cos(Math.PI * Math.min(1, (double) step / endStep)));
    }
  }
}
