package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.EngineKind;
import io.sparkddpm.engine.EngineProvider;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.OneDnnInception;

/** The engine that is always there. */
public final class Nd4jProvider implements EngineProvider {
  @Override
  public EngineKind kind() {
    return EngineKind.DL4J;
  }

  @Override
  public EngineFactory engine(TorchConfig torch) {
    return new Nd4jEngine();
  }

  @Override
  public InceptionEngine inception(TorchConfig torch) {
    return new OneDnnInception();
  }
}
