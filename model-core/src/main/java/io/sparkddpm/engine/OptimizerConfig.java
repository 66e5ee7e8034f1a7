package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;
import java.util.Objects;

/** Adam with a clip of the gradient's global norm. */
public record OptimizerConfig(
    @Key(value = "the step size, by step", absent = "constant") LearningRate schedule,
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
      new OptimizerConfig(LearningRate.Constant.DEFAULTS, 0.9, 0.999, 1e-8, 1.0);

  /** Checks the ranges. */
  public OptimizerConfig {
    Objects.requireNonNull(schedule);
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
      LearningRate schedule, double beta1, double beta2, double epsilon, double clipNorm) {
    this(schedule, beta1, beta2, epsilon, clipNorm, 0);
  }

  /** The same but for the limit on the images in memory. */
  public OptimizerConfig withMicroBatch(int images) {
    return new OptimizerConfig(schedule, beta1, beta2, epsilon, clipNorm, images);
  }

  /** Images of a share whose activations are in memory at the same time, at most. */
  public int imagesAtOnce(int share) {
    return microBatch == 0 ? share : Math.min(share, microBatch);
  }
}
