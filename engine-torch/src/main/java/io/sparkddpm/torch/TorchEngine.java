package io.sparkddpm.torch;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TorchConfig.Device;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkSpec;
import java.util.Locale;
import java.util.SortedMap;

/**
 * The engine on LibTorch. Parameters have the names, order and first values of the default engine.
 *
 * @param config how it computes
 * @param card number of the graphics card, for configurations that want one
 */
public record TorchEngine(TorchConfig config, int card) implements EngineFactory {
  /** Parameters, gradient and two moments. */
  private static final int VECTORS = 4;

  /** Copies of the largest tensor that a backward pass works with: gradients, other layouts. */
  private static final int WORKING_COPIES = 8;

  /** Room that the allocator leaves between tensors. */
  private static final double FRAGMENTS = 1.25;

  /** Activations of bfloat16 beside those of float32: norms keep theirs in float32. */
  private static final double BFLOAT16_SHARE = 0.7;

  @Override
  public String name() {
    String bits = config.device() == Device.CUDA && !config.deterministic() ? "-fast" : "";
    return ("torch-" + config.precision() + "-" + config.device() + bits).toLowerCase(Locale.ROOT);
  }

  @Override
  public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
    return new TorchNetwork(network.spec(), optimizer, LibTorch.open(config, card, threads));
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

  /**
   * Counted from what each operation's gradient keeps, a little more than was measured; on a card
   * nothing of it lies in the machine's own memory but a batch on its way.
   */
  @Override
  public long trainingBytes(NetworkConfig network, int images) {
    if (wantsCard()) {
      long values = (long) network.inputShape().length() + network.outputShape().length();
      return images * values * Float.BYTES;
    }
    NetworkSpec spec = network.spec();
    boolean rounds = config.precision() == Precision.BFLOAT16;
    // In float32 attention is one operation that keeps no weights, see TorchAttention.
    long kept = spec.activations().kept() + (rounds ? spec.activations().weights() : 0);
    long working = WORKING_COPIES * spec.largestActivation();
    double activations = FRAGMENTS * (rounds ? BFLOAT16_SHARE : 1) * images * (kept + working);
    return (VECTORS * spec.parameterCount() + (long) activations) * Float.BYTES;
  }
}
