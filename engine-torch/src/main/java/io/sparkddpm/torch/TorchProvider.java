package io.sparkddpm.torch;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.EngineKind;
import io.sparkddpm.engine.EngineProvider;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.statistics.inception.InceptionEngine;

/** Announces {@link TorchEngine}. */
public final class TorchProvider implements EngineProvider {
  @Override
  public EngineKind kind() {
    return EngineKind.TORCH;
  }

  @Override
  public EngineFactory engine(TorchConfig torch) {
    return new TorchEngine(torch, 0);
  }

  @Override
  public InceptionEngine inception(TorchConfig torch) {
    return new TorchInception(torch, 0);
  }
}
