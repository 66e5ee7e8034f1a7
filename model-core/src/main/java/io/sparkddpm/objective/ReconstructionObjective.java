package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.NetworkConfig;
import java.util.Objects;
import java.util.Optional;

/** What an autoencoder is trained on: clean images, whatever their timestep. */
@Variant(
    value = "reconstruction",
    description =
        "the image that comes out of model.type=autoencoder, and a little KL (Rombach et al. 2022,"
            + " without their perceptual and adversarial terms)")
public record ReconstructionObjective(
    @Key("what is minimised of each value's error") Error error,
    @Key(
            value =
                "weight of the latents' KL divergence from N(0, I), where both it and the errors"
                    + " are summed over an image",
            range = "[0, inf)")
        double klWeight)
    implements ObjectiveConfig {
  /** Rombach et al. 2022, app. G, but for the terms that are left out. */
  public static final ReconstructionObjective DEFAULTS =
      new ReconstructionObjective(Error.L1, 1e-6);

  private static final long serialVersionUID = 1L;

  /** Of a value. */
  public enum Error {
    /** Its absolute value. */
    L1,
    /** Its square. */
    L2
  }

  /** Checks the range. */
  public ReconstructionObjective {
    Objects.requireNonNull(error);
    checkArgument(
        klWeight >= 0 && klWeight <= Double.MAX_VALUE,
        "kl-weight must not be negative, got %s",
        klWeight);
  }

  @Override
  public boolean usesNoise() {
    return false;
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return new ReconstructionError(error, klWeight);
  }

  @Override
  public NetworkConfig network(DiffusionConfig diffusion, NetworkConfig model) {
    return model;
  }

  @Override
  public void checkNetwork(DiffusionConfig diffusion, NetworkConfig model) {
    checkArgument(
        model instanceof AutoencoderConfig,
        "training.objective=reconstruction trains an autoencoder: set model.type=autoencoder");
  }
}
