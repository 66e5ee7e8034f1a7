package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;

/** Adam with linear warm-up and a clip of the gradient's global norm. */
public record OptimizerConfig(
    @Key(value = "step size after the warm-up", range = "(0, 10)") double learningRate,
    @Key(value = "steps over which the rate grows linearly; 0: none", range = "[0, inf)")
        int warmupSteps,
    @Key(value = "decay of the first moment", range = "[0, 1)") double beta1,
    @Key(value = "decay of the second moment", range = "[0, 1)") double beta2,
    @Key(value = "added to the root of the second moment", range = "(0, inf)") double epsilon,
    @Key(value = "largest global norm of the gradient; 0: no clip", range = "[0, inf)")
        double clipNorm,
    @Key(
            value =
                "most images whose activations are in memory at once; the gradients of a larger"
                    + " share of a batch are accumulated; 0: no limit; best a divisor of the share",
            range = "[0, inf)")
        int microBatch)
    implements Serializable {
  /** Ho et al. 2020, app. B and the official code: 2e-4 after 5,000 steps, clip 1. */
  public static final OptimizerConfig DEFAULTS =
      new OptimizerConfig(2e-4, 5000, 0.9, 0.999, 1e-8, 1.0);

  /** Checks the ranges. */
  public OptimizerConfig {
    checkArgument(
        learningRate > 0 && learningRate < 10,
        "learning-rate must be in (0, 10), got %s",
        learningRate);
    checkArgument(warmupSteps >= 0, "warmup-steps must not be negative, got %s", warmupSteps);
    checkArgument(
        beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1,
        "beta1 and beta2 must be in [0, 1), got %s and %s",
        beta1,
        beta2);
    checkArgument(epsilon > 0, "epsilon must be positive, got %s", epsilon);
    checkArgument(clipNorm >= 0, "clip-norm must not be negative, got %s", clipNorm);
    checkArgument(microBatch >= 0, "micro-batch must not be negative, got %s", microBatch);
  }

  /** Without a limit on the images in memory. */
  public OptimizerConfig(
      double learningRate,
      int warmupSteps,
      double beta1,
      double beta2,
      double epsilon,
      double clipNorm) {
    this(learningRate, warmupSteps, beta1, beta2, epsilon, clipNorm, 0);
  }

  /** The same but for the limit on the images in memory. */
  public OptimizerConfig withMicroBatch(int images) {
    return new OptimizerConfig(learningRate, warmupSteps, beta1, beta2, epsilon, clipNorm, images);
  }

  /**
   * Learning rate of a step: {@code learningRate · min(1, step / warmupSteps)} as in the official
   * code, where the first step counts as 0.
   *
   * @param step zero-based
   */
  public double learningRateAt(long step) {
    return warmupSteps == 0
        ? learningRate
        : learningRate * Math.min(1.0, (double) step / warmupSteps);
  }

  /** Images of a share whose activations are in memory at the same time, at most. */
  public int imagesAtOnce(int share) {
    return microBatch == 0 ? share : Math.min(share, microBatch);
  }
}
