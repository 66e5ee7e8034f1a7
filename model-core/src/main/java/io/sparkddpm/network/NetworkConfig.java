package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.io.Serializable;

/**
 * The settings of a kind of network, which travel to where models are made. Configurations that are
 * equal describe the same network. A new kind of network is a record that implements this.
 */
public interface NetworkConfig extends Serializable {
  /** The network that these settings describe. */
  NetworkSpec spec();

  /** Shape of one input. */
  default Shape inputShape() {
    return spec().inputShape();
  }

  /** Shape of one output. */
  default Shape outputShape() {
    return spec().outputShape();
  }

  /** Share of training examples whose label the network is not given, in [0, 1). */
  default double labelDropout() {
    return 0;
  }
}
