package io.sparkddpm.train;

import io.sparkddpm.fid.network.InceptionEngine;
import io.sparkddpm.fid.network.OneDnnInception;

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

  @Override
  public InceptionEngine inception(TorchConfig torch) {
    return new OneDnnInception();
  }
}
