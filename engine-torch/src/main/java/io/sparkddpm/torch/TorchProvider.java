package io.sparkddpm.torch;

import io.sparkddpm.engine.EngineConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.EngineProvider;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.statistics.inception.InceptionEngine;

/** Announces {@link TorchEngine}. */
public final class TorchProvider implements EngineProvider {
  @Override
  public Class<? extends EngineConfig> settings() {
    return TorchConfig.class;
  }

  @Override
  public EngineFactory engine(EngineConfig config) {
    return new TorchEngine((TorchConfig) config, 0);
  }

  @Override
  public InceptionEngine inception(EngineConfig config) {
    return new TorchInception((TorchConfig) config, 0);
  }
}
