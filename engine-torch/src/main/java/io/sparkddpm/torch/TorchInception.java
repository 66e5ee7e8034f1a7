package io.sparkddpm.torch;

import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionWeights;

/**
 * The Inception network on LibTorch, in float32 whatever precision training has.
 *
 * @param config where it computes
 * @param card number of the graphics card, for configurations that want one
 */
public record TorchInception(TorchConfig config, int card) implements InceptionEngine {
  private static final long serialVersionUID = 1L;

  public TorchInception {
    config = config.withPrecision(Precision.FLOAT32);
  }

  @Override
  public String name() {
    return new TorchEngine(config, card).name();
  }

  @Override
  public boolean wantsCard() {
    return config.device() == TorchConfig.Device.CUDA;
  }

  @Override
  public TorchInception onCard(int number) {
    return new TorchInception(config, number);
  }

  @Override
  public TorchEncoder encoder(byte[] script, String source) {
    return new TorchEncoder(
        script, source, LibTorch.open(config, card, LibTorch.THREADS_OF_PROCESS));
  }

  @Override
  public InceptionWeights load(InceptionGraph graph) {
    return new TorchInceptionWeights(
        graph, LibTorch.open(config, card, LibTorch.THREADS_OF_PROCESS));
  }
}
