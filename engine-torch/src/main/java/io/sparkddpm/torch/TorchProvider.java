package io.sparkddpm.torch;

import io.sparkddpm.fid.network.InceptionEngine;
import io.sparkddpm.train.EngineFactory;
import io.sparkddpm.train.EngineKind;
import io.sparkddpm.train.EngineProvider;
import io.sparkddpm.train.TorchConfig;

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
