package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.EngineConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.EngineProvider;
import io.sparkddpm.engine.Nd4jConfig;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.OneDnnInception;

/** The engine that is always there. */
public final class Nd4jProvider implements EngineProvider {
  @Override
  public Class<? extends EngineConfig> settings() {
    return Nd4jConfig.class;
  }

  @Override
  public EngineFactory engine(EngineConfig config) {
    return new Nd4jEngine();
  }

  @Override
  public InceptionEngine inception(EngineConfig config) {
    return new OneDnnInception();
  }
}
