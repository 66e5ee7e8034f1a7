package io.sparkddpm.train;

/** The engine that is always there. */
public final class Dl4jProvider implements EngineProvider {
  @Override
  public EngineKind kind() {
    return EngineKind.DL4J;
  }

  @Override
  public EngineFactory engine(TorchConfig torch) {
    return new Dl4jEngine();
  }
}
