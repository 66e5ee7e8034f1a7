package io.sparkddpm.diffusion;

import io.sparkddpm.config.Key;
import io.sparkddpm.network.Network;
import java.io.Serializable;
import java.util.Objects;

/** How the network's output is read and samples are drawn from it. */
public record DiffusionConfig(
    @Key("what the network predicts") PredictionType prediction,
    @Key("σ_t² of the reverse process; training depends on it with training.weighting=bound only")
        VarianceType variance,
    @Key(
            "whether the predicted x0 is clipped to [-1, 1] before the posterior mean; training"
                + " does not depend on it")
        boolean clipX0)
    implements Serializable {
  /** Ho et al. 2020, CIFAR-10: ε, σ² = β, clipped. */
  public static final DiffusionConfig DEFAULTS =
      new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, true);

  /** Refuses nulls. */
  public DiffusionConfig {
    Objects.requireNonNull(prediction);
    Objects.requireNonNull(variance);
  }

  /**
   * A network, read as configured.
   *
   * @param process that the network was trained on
   */
  public Denoiser denoiser(Network network, NoiseProcess process) {
    Denoiser read = new NetworkDenoiser(network, prediction.head(), process, variance.variance());
    return clipX0 ? new ClippedDenoiser(read) : read;
  }
}
