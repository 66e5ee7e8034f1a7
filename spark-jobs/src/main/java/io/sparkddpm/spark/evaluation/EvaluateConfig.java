package io.sparkddpm.spark.evaluation;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;

/** How the variational bound is measured. */
public record EvaluateConfig(
    @Key(
            value =
                "images of each dataset, the first of its order for evaluate.seed; 0: all of them,"
                    + " otherwise at least 2",
            range = "[0, inf)")
        long images,
    @Key(
            value =
                "evaluations of the network for each image; 0: one for every timestep of the"
                    + " schedule; fewer: one in each of so many ranges of timesteps, at a t drawn"
                    + " for each image, which estimates the bound without bias",
            range = "[0, inf)")
        int timesteps,
    @Key("of the noise, of drawn timesteps and of the order of the images") long seed,
    @Key(value = "evaluations of the network at once", range = "[1, inf)") int batchSize,
    @Key(
            value = "images whose x_t, and the x0 that the network sees in it, are shown for ten t",
            range = "[0, 64]")
        int decodings)
    implements Serializable {
  /** Every timestep of every image. */
  public static final EvaluateConfig DEFAULTS = new EvaluateConfig(0, 0, 0, 32, 8);

  /** Checks the ranges. */
  public EvaluateConfig {
    checkArgument(
        images >= 0 && images != 1, "evaluate.images must be 0 or at least 2, got %s", images);
    checkArgument(timesteps >= 0, "evaluate.timesteps must not be negative, got %s", timesteps);
    checkArgument(batchSize >= 1, "evaluate.batch-size must be at least 1, got %s", batchSize);
    checkArgument(
        decodings >= 0 && decodings <= 64,
        "evaluate.decodings must be from 0 to 64, got %s",
        decodings);
  }
}
