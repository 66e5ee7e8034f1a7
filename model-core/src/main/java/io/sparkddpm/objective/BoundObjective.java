package io.sparkddpm.objective;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Objects;
import java.util.Optional;

/**
 * L_vlb itself, estimated by T times the term of the t that was drawn, in bits per dimension; with
 * a fixed variance the bound of Ho et al. 2020, with a learned one that of Nichol and Dhariwal 2021
 * (RESCALED_KL in the official code).
 */
@Variant(
    value = "bound",
    description = "the variational bound, in bits per dimension (Ho et al. 2020, eq. 5)")
public record BoundObjective(
    @Key(value = "what its last step gives", absent = "discretized") DecoderType decoder)
    implements ObjectiveConfig {
  /** Of values of 8 bits. */
  public static final BoundObjective DEFAULTS = new BoundObjective();

  private static final long serialVersionUID = 1L;

  /** Of values of 8 bits. */
  public BoundObjective() {
    this(DecoderType.DISCRETIZED);
  }

  /** Checks that there is a decoder. */
  public BoundObjective {
    Objects.requireNonNull(decoder);
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return BoundError.bound(diffusion, decoder);
  }

  @Override
  public boolean usesVariance() {
    return true;
  }

  @Override
  public Optional<DecoderType> lastStep() {
    return Optional.of(decoder);
  }
}
