package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Objects;
import java.util.Optional;

/**
 * L_simple + λ·L_vlb, where the bound trains the variance alone; Nichol and Dhariwal 2021, eq. 16.
 * L_vlb, a sum over T timesteps, is estimated by T times the term of the t that was drawn, in bits
 * per dimension: the official code's RESCALED_MSE with λ = 0.001.
 */
@Variant(
    value = "hybrid",
    description =
        "simple plus a little of the bound, which trains the variance alone (Nichol and Dhariwal"
            + " 2021)")
public record HybridObjective(
    @Key(value = "factor on the whole bound, in bits per dimension", range = "(0, inf)")
        double lambda,
    @Key(value = "what the bound's last step gives", absent = "discretized") DecoderType decoder)
    implements ObjectiveConfig {
  /** The paper's. */
  public static final HybridObjective DEFAULTS = new HybridObjective(0.001);

  private static final long serialVersionUID = 1L;

  /** Of values of 8 bits. */
  public HybridObjective(double lambda) {
    this(lambda, DecoderType.DISCRETIZED);
  }

  /** Checks the range. */
  public HybridObjective {
    Objects.requireNonNull(decoder);
    checkArgument(
        lambda > 0 && lambda <= Double.MAX_VALUE, "lambda must be above 0, got %s", lambda);
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return BoundError.hybrid(diffusion, lambda, decoder);
  }

  @Override
  public boolean usesVariance() {
    return true;
  }

  @Override
  public Optional<DecoderType> lastStep() {
    return Optional.of(decoder);
  }

  @Override
  public void check(DiffusionConfig diffusion) {
    checkArgument(
        diffusion.variance().variance().isLearned(),
        "training.objective=hybrid trains a variance and needs diffusion.variance=learned-range;"
            + " with a fixed one choose simple or bound");
  }
}
