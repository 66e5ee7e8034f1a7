package io.sparkddpm.engine;

import io.sparkddpm.config.OneOf;
import java.io.Serializable;

/**
 * What computes the network, and how. A new engine is a record that implements this, its name in
 * the list here, and an {@link EngineProvider} that makes it.
 */
@OneOf({Nd4jConfig.class, TorchConfig.class})
public interface EngineConfig extends Serializable {
  /** The engine that others are checked against. */
  EngineConfig DEFAULTS = new Nd4jConfig();
}
