package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.Key;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.Objects;

/** How the network's output is read and samples are drawn from it. */
public record DiffusionConfig(
    @Key("what the network predicts") PredictionType prediction,
    @Key(
            "σ_t² of the reverse process; learned-range doubles the network's output channels and"
                + " needs training.objective hybrid or bound; the other two affect training only"
                + " where its objective or its weighting is bound")
        VarianceType variance,
    @Key(
            "whether the predicted x0 is clipped to [-1, 1] before the posterior mean; training"
                + " does not depend on it")
        boolean clipX0,
    @Key(value = "what x_t is filled with (text.md)", absent = "gaussian") NoiseConfig noise)
    implements Serializable {
  /** Ho et al. 2020, CIFAR-10: ε, σ² = β, clipped. */
  public static final DiffusionConfig DEFAULTS =
      new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, true);

  /** Of Gaussian noise. */
  public DiffusionConfig(PredictionType prediction, VarianceType variance, boolean clipX0) {
    this(prediction, variance, clipX0, NoiseConfig.DEFAULTS);
  }

  /** Checks that of tokens x_0 is predicted. */
  public DiffusionConfig {
    Objects.requireNonNull(prediction);
    Objects.requireNonNull(variance);
    Objects.requireNonNull(noise);
    checkArgument(
        noise.tokenNoise().isEmpty()
            || prediction == PredictionType.X0 && !variance.variance().isLearned(),
        "of tokens a network predicts x0, and no variance is learned: with diffusion.noise=%s set"
            + " diffusion.prediction=x0 and diffusion.variance=beta",
        ConfigBinder.type(noise));
  }

  /** The same with another variance, and clipped or not. */
  public DiffusionConfig with(VarianceType otherVariance, boolean otherClipX0) {
    return new DiffusionConfig(prediction, otherVariance, otherClipX0, noise);
  }

  /**
   * The network as head and variance need it: with twice the output channels where the variance is
   * learned, unless it has others than input channels already.
   */
  public NetworkConfig network(NetworkConfig model) {
    int channels = inputs(model);
    return outputs(model) == channels
        ? model.withOutputChannels(outputsPerInput() * channels)
        : model;
  }

  /**
   * Refuses a network whose output channels are not those that head and variance need.
   *
   * @throws IllegalArgumentException saying how many are needed
   */
  public void check(NetworkConfig model) {
    noise.checkNetwork(model);
    int factor = outputsPerInput();
    int channels = inputs(model);
    checkArgument(
        outputs(model) == factor * channels,
        "model.output-channels must be %s, got %s: %s for each of model.input-channels=%s, as"
            + " diffusion.variance is %s",
        factor * channels,
        outputs(model),
        factor,
        channels,
        factor == 2 ? "learned" : "fixed");
  }

  /**
   * Refuses a network whose output cannot be read so: one that was trained with a learned variance
   * may be read with a fixed one, not the other way round.
   *
   * @throws IllegalArgumentException saying what does not fit
   */
  public void checkReads(NetworkConfig network) {
    noise.checkNetwork(network);
    checkArgument(
        isDenoiser(network),
        "a network that makes %s of %s cannot be sampled from",
        network.outputShape(),
        network.inputShape());
    checkArgument(
        !variance.variance().isLearned() || givesVariance(network),
        "diffusion.variance is learned-range, but the network was trained without a variance;"
            + " choose beta or beta-tilde");
  }

  /** Whether its outputs are as large as its inputs, but for the channels of a variance. */
  public static boolean isDenoiser(NetworkConfig network) {
    Shape output = network.outputShape();
    boolean channelsFit = inputs(network) == outputs(network) || givesVariance(network);
    return channelsFit && output.withDim(0, inputs(network)).equals(network.inputShape());
  }

  /** Whether the second half of a network's outputs is for a learned variance. */
  public static boolean givesVariance(NetworkConfig network) {
    return outputs(network) == 2 * inputs(network);
  }

  private static int inputs(NetworkConfig network) {
    return network.inputShape().dim(0);
  }

  private static int outputs(NetworkConfig network) {
    return network.outputShape().dim(0);
  }

  private int outputsPerInput() {
    return variance.variance().isLearned() ? 2 : 1;
  }

  /** What the output of a network stands for that was trained as configured. */
  public Head head() {
    return head(variance.variance().isLearned());
  }

  private Head head(boolean givesVariance) {
    return givesVariance ? new HeadWithVariance(prediction.head()) : prediction.head();
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
    return clipped(unclipped(network, process, givesVariance));
  }

  /** As {@link #denoiser(Network, NoiseProcess, boolean)}, but with x_0 as the network has it. */
  public Denoiser unclipped(Network network, NoiseProcess process, boolean givesVariance) {
    return noise
        .tokenNoise()
        .<Denoiser>map(of -> new TokenDenoiser(network, of, process, variance.variance()))
        .orElseGet(
            () -> new NetworkDenoiser(network, head(givesVariance), process, variance.variance()));
  }

  /** The same with x_0 clipped, if it is to be. */
  public Denoiser clipped(Denoiser denoiser) {
    return clipX0 ? new ClippedDenoiser(denoiser) : denoiser;
  }
}
