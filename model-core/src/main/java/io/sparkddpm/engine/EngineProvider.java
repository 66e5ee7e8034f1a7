package io.sparkddpm.engine;

import io.sparkddpm.statistics.inception.InceptionEngine;

/** Makes a kind of engine; found by {@link java.util.ServiceLoader}. */
public interface EngineProvider {
  /** What it makes. */
  EngineKind kind();

  /**
   * The engine. Loads nothing yet: it may be made where nothing is computed.
   *
   * @param torch how LibTorch computes; other engines do not look at it
   */
  EngineFactory engine(TorchConfig torch);

  /**
   * What takes features beside it, on the same device, always in float32. Loads nothing yet either.
   *
   * @param torch as for {@link #engine}
   */
  InceptionEngine inception(TorchConfig torch);
}
