package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.Optional;

/**
 * The settings of a kind of network, which travel to where models are made. Configurations that are
 * equal describe the same network.
 *
 * <p>To add a kind of network, write a record that implements this and makes a {@link NetworkSpec},
 * and list it here.
 */
@OneOf({
  UNetConfig.class,
  UNet1dConfig.class,
  TransformerConfig.class,
  ClassifierConfig.class,
  AutoencoderConfig.class
})
public interface NetworkConfig extends Serializable {
  /** The network that these settings describe. */
  NetworkSpec spec();

  /**
   * The same with another number of output channels, where that can be chosen.
   *
   * @throws IllegalArgumentException if it cannot
   */
  default NetworkConfig withOutputChannels(int channels) {
    int fixed = outputShape().dim(0);
    checkArgument(channels == fixed, "%s has %s output channels, not %s", this, fixed, channels);
    return this;
  }

  /** Shape of one input, channels first. */
  default Shape inputShape() {
    return spec().inputShape();
  }

  /** Shape of one output, channels first. */
  default Shape outputShape() {
    return spec().outputShape();
  }

  /** Type of the only objective that trains it; empty for a denoiser, which several train. */
  default Optional<String> objective() {
    return Optional.empty();
  }

  /** Classes that it knows; 0: none. */
  default int classes() {
    return 0;
  }

  /** Timesteps of the only schedules that it can be trained with; 0: it takes any level. */
  default int timesteps() {
    return 0;
  }

  /** Share of training examples whose label the network is not given, in [0, 1). */
  default double labelDropout() {
    return 0;
  }
}
