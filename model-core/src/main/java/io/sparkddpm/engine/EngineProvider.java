package io.sparkddpm.engine;

import io.sparkddpm.statistics.inception.InceptionEngine;

/** Makes one kind of engine; found by {@link java.util.ServiceLoader}. */
public interface EngineProvider {
  /** The settings that it makes engines of. */
  Class<? extends EngineConfig> settings();

  /**
   * The engine. Loads nothing yet: it may be made where nothing is computed.
   *
   * @param config of the class {@link #settings}
   */
  EngineFactory engine(EngineConfig config);

  /**
   * The Inception network on the same device, always in float32. Loads nothing yet either.
   *
   * @param config as for {@link #engine}
   */
  InceptionEngine inception(EngineConfig config);
}
