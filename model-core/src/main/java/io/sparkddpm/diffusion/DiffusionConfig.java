package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.UNetConfig;
import java.io.Serializable;
import java.util.Objects;

/** How the network's output is read and samples are drawn from it. */
public record DiffusionConfig(
    @Key("what the network predicts") PredictionType prediction,
    @Key(
            "σ_t² of the reverse process; learned-range has the network give a second half of"
                + " output channels, which training.objective trains (hybrid or bound); the"
                + " objective simple depends on the other two with training.weighting=bound only")
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
   * The network as head and variance need it: with twice the output channels where the variance is
   * learned, unless it has others than input channels already.
   */
  public UNetConfig network(UNetConfig model) {
    return variance.variance().isLearned() && model.outputChannels() == model.inputChannels()
        ? model.withOutputChannels(2 * model.inputChannels())
        : model;
  }

  /**
   * Refuses a network whose output channels are not those that head and variance need.
   *
   * @throws IllegalArgumentException saying how many are needed
   */
  public void check(UNetConfig model) {
    int factor = variance.variance().isLearned() ? 2 : 1;
    checkArgument(
        model.outputChannels() == factor * model.inputChannels(),
        "model.output-channels must be %s, got %s: %s for each of model.input-channels=%s, as"
            + " diffusion.variance is %s; leave it out and it follows",
        factor * model.inputChannels(),
        model.outputChannels(),
        factor,
        model.inputChannels(),
        factor == 2 ? "learned" : "fixed");
  }

  /**
   * A network, read as configured.
   *
   * @param process that the network was trained on
   */
  public Denoiser denoiser(Network network, NoiseProcess process) {
    return denoiser(network, process, variance.variance().isLearned());
  }

  /**
   * A network, read as configured.
   *
   * @param process that the network was trained on
   * @param givesVariance whether the second half of its output channels is for a learned variance,
   *     used or not
   */
  public Denoiser denoiser(Network network, NoiseProcess process, boolean givesVariance) {
    Head head = givesVariance ? new HeadWithVariance(prediction.head()) : prediction.head();
    Denoiser read = new NetworkDenoiser(network, head, process, variance.variance());
    return clipX0 ? new ClippedDenoiser(read) : read;
  }
}
