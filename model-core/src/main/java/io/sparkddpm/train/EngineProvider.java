package io.sparkddpm.train;

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
}
