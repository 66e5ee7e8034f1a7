package io.sparkddpm.torch;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TorchConfig.Device;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.network.NetworkConfig;
import java.util.Locale;
import java.util.SortedMap;

/**
 * The engine on LibTorch. Parameters have the names, order and first values of the default engine.
 *
 * @param config how it computes
 * @param card number of the graphics card, for configurations that want one
 */
public record TorchEngine(TorchConfig config, int card) implements EngineFactory {
  @Override
  public String name() {
    String bits = config.device() == Device.CUDA && !config.deterministic() ? "-fast" : "";
    return ("torch-" + config.precision() + "-" + config.device() + bits).toLowerCase(Locale.ROOT);
  }

  @Override
  public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
    return new TorchNetwork(network, optimizer, LibTorch.open(config, card, threads));
  }

  @Override
  public SortedMap<String, String> arithmetic() {
    return LibTorch.open(config, card, LibTorch.THREADS_OF_PROCESS).arithmetic();
  }

  @Override
  public boolean wantsCard() {
    return config.device() == Device.CUDA;
  }

  @Override
  public TorchEngine onCard(int number) {
    return new TorchEngine(config, number);
  }

  /** On a card nothing of it lies in the machine's own memory but a batch on its way. */
  @Override
  public long trainingBytes(NetworkConfig network, int images) {
    if (wantsCard()) {
      long values = (long) network.inputShape().length() + network.outputShape().length();
      return images * values * Float.BYTES;
    }
    return TorchMemory.trainingBytes(
        (io.sparkddpm.network.UNetConfig) network,
        images,
        config.precision() == Precision.BFLOAT16);
  }
}
