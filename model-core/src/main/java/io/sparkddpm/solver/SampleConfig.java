package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.Spacing;
import java.io.Serializable;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * How images are drawn from a trained network.
 *
 * @param sampler the reverse process
 * @param steps number of steps S; 0: all of the schedule's timesteps
 * @param spacing which timesteps, where S is fewer than all
 * @param eta DDIM's share of noise, in [0, 1]
 * @param noiseScale factor on the ancestral σ_t, at least 0
 * @param seed with the index of an image it determines all of the image's noise
 * @param batchSize images in one evaluation of the network; the last batch is filled up to it, so
 *     that an image depends on its index alone
 * @param weights {@code raw}, or {@code ema-RATE} for an average of the weights
 */
public record SampleConfig(
    Kind sampler,
    int steps,
    Spacing spacing,
    double eta,
    double noiseScale,
    long seed,
    int batchSize,
    String weights)
    implements Serializable {
  private static final Pattern WEIGHTS = Pattern.compile("raw|ema-0?\\.\\d+");

  /** Family of reverse processes. */
  public enum Kind {
    /** {@link AncestralSampler}. */
    ANCESTRAL,
    /** {@link DdimSampler}. */
    DDIM
  }

  /** The paper's: all steps, ancestral, the average of rate 0.9999. */
  public static final SampleConfig DEFAULTS =
      new SampleConfig(Kind.ANCESTRAL, 0, Spacing.UNIFORM, 0, 1, 0, 16, "ema-0.9999");

  /** Checks the ranges. */
  public SampleConfig {
    Objects.requireNonNull(sampler);
    Objects.requireNonNull(spacing);
    Objects.requireNonNull(weights);
    checkArgument(steps >= 0, "steps must not be negative, got %s", steps);
    checkArgument(eta >= 0 && eta <= 1, "eta must be in [0, 1], got %s", eta);
    checkArgument(
        noiseScale >= 0 && noiseScale <= Double.MAX_VALUE,
        "noise-scale must be at least 0, got %s",
        noiseScale);
    checkArgument(batchSize >= 1, "batch-size must be at least 1, got %s", batchSize);
    checkArgument(
        WEIGHTS.matcher(weights).matches(),
        "weights must be raw or ema-RATE, such as ema-0.9999, got %s",
        weights);
  }

  /**
   * The sampler for a schedule.
   *
   * @throws IllegalArgumentException if the steps do not fit the schedule
   */
  public Sampler create(NoiseSchedule schedule, DiffusionConfig diffusion) {
    int total = schedule.steps();
    checkArgument(steps <= total, "steps must be at most the schedule's %s, got %s", total, steps);
    int[] timesteps =
        steps == 0 || steps == total
            ? Spacing.STRIDE.timesteps(total, total)
            : spacing.timesteps(steps, total);
    return switch (sampler) {
      case ANCESTRAL -> new AncestralSampler(schedule, diffusion, noiseScale, timesteps);
      case DDIM -> new DdimSampler(schedule, diffusion, timesteps, eta);
    };
  }

  /** The same with other weights. */
  public SampleConfig withWeights(String other) {
    return new SampleConfig(sampler, steps, spacing, eta, noiseScale, seed, batchSize, other);
  }
}
