package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.Optional;

/** What x_t is filled with: Gaussian noise of numbers, or the noise of tokens. */
@OneOf({NoiseConfig.Gaussian.class, NoiseConfig.Uniform.class, NoiseConfig.Absorbing.class})
public interface NoiseConfig extends Serializable {
  /** Ho et al. 2020. */
  NoiseConfig DEFAULTS = new Gaussian();

  /** Tokens that a byte can store. */
  int MOST_TOKENS = 256;

  /** The noise of tokens; empty for that of numbers. */
  Optional<TokenNoise> tokenNoise();

  /**
   * Shape of an item of the data that a network is trained on: its input's, or of tokens the number
   * of each, from 0.
   */
  default Shape dataShape(NetworkConfig network) {
    Shape input = network.inputShape();
    return tokenNoise().isPresent() ? input.withDim(0, 1) : input;
  }

  /**
   * Refuses a network with other states than the noise.
   *
   * @throws IllegalArgumentException saying what to set
   */
  default void checkNetwork(NetworkConfig network) {
    tokenNoise()
        .ifPresent(
            noise ->
                checkArgument(
                    network.inputShape().dim(0) == noise.states()
                        && network.outputShape().equals(network.inputShape()),
                    "diffusion.noise.tokens=%s makes %s states of a place: set model.input-channels"
                        + " and model.output-channels to as many, got shapes %s and %s",
                    noise.tokens(),
                    noise.states(),
                    network.inputShape(),
                    network.outputShape()));
  }

  /**
   * Refuses a schedule that ends where no items can begin.
   *
   * @throws IllegalArgumentException saying what to set
   */
  default void checkSchedule(ScheduleConfig schedule) {}

  private static double lastBeta(ScheduleConfig schedule) {
    return schedule.betas()[schedule.steps() - 1];
  }

  /** ε of a standard normal distribution. */
  @Variant(value = "gaussian", description = "normal noise of numbers (Ho et al. 2020)")
  record Gaussian() implements NoiseConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public Optional<TokenNoise> tokenNoise() {
      return Optional.empty();
    }

    /** A network that predicts noise needs a little of the item at every timestep. */
    @Override
    public void checkSchedule(ScheduleConfig schedule) {
      checkArgument(
          lastBeta(schedule) < 1,
          "schedule.type=mutual-information leaves nothing of an item at its last timestep and is"
              + " for diffusion.noise uniform and absorbing");
    }
  }

  /** {@link TokenNoise#uniform}. */
  @Variant(
      value = "uniform",
      description = "tokens that are replaced by any other, each as likely (Austin et al. 2021)")
  record Uniform(
      @Key(
              value = "tokens of the vocabulary, as many as the channels of the network",
              range = "[2, 256]")
          int tokens)
      implements NoiseConfig {
    /** As many as letters, blank and line feed. */
    public static final Uniform DEFAULTS = new Uniform(28);

    private static final long serialVersionUID = 1L;

    /** Checks the range. */
    public Uniform {
      checkTokens(tokens);
    }

    @Override
    public Optional<TokenNoise> tokenNoise() {
      return Optional.of(TokenNoise.uniform(tokens));
    }
  }

  /** {@link TokenNoise#absorbing}. */
  @Variant(
      value = "absorbing",
      description = "tokens that are masked, one after the other (Austin et al. 2021)")
  record Absorbing(
      @Key(
              value = "tokens of the vocabulary, one fewer than the channels of the network",
              range = "[2, 256]")
          int tokens)
      implements NoiseConfig {
    /** As many as letters, blank and line feed. */
    public static final Absorbing DEFAULTS = new Absorbing(28);

    private static final long serialVersionUID = 1L;

    /** Checks the range. */
    public Absorbing {
      checkTokens(tokens);
    }

    @Override
    public Optional<TokenNoise> tokenNoise() {
      return Optional.of(TokenNoise.absorbing(tokens));
    }

    /** Samples begin with masks alone, so the last step must have masked every token. */
    @Override
    public void checkSchedule(ScheduleConfig schedule) {
      checkArgument(
          lastBeta(schedule) == 1,
          "diffusion.noise=absorbing needs a schedule that masks every token by its last timestep:"
              + " set schedule.type=mutual-information");
    }
  }

  private static void checkTokens(int tokens) {
    checkArgument(
        tokens >= 2 && tokens <= MOST_TOKENS,
        "tokens must be 2 to %s, got %s",
        MOST_TOKENS,
        tokens);
  }
}
