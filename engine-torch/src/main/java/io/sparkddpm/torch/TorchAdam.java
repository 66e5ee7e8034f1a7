package io.sparkddpm.torch;

import io.sparkddpm.engine.OptimizerConfig;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link io.sparkddpm.engine.Adam} by LibTorch's operations on flat vectors. The library's own
 * optimiser adds ε to another root: its moments would be the same, its steps not.
 */
final class TorchAdam {
  /** Elements at a time: what fits a processor's cache. */
  private static final int CHUNK = 1 << 16;

  private final OptimizerConfig config;

  TorchAdam(OptimizerConfig config) {
    this.config = config;
  }

  /**
   * One step.
   *
   * @param factor what the gradient is multiplied by first (the clip)
   * @param rate α_t, bias correction included
   * @param gradients overwritten
   */
  void step(
      FlatVector parameters,
      FlatVector gradients,
      FlatVector firstMoment,
      FlatVector secondMoment,
      double factor,
      double rate) {
    try (PointerScope outer = new PointerScope()) {
      Scalar clip = new Scalar(factor);
      Scalar beta1 = new Scalar(config.beta1());
      Scalar beta2 = new Scalar(config.beta2());
      Scalar rest1 = new Scalar(1 - config.beta1());
      Scalar rest2 = new Scalar(1 - config.beta2());
      Scalar epsilon = new Scalar(config.epsilon());
      Scalar minusRate = new Scalar(-rate);
      long length = parameters.data().numel();
      long chunk = parameters.data().is_cuda() ? length : CHUNK;
      for (long offset = 0; offset < length; offset += chunk) {
        long size = Math.min(chunk, length - offset);
        try (PointerScope inner = new PointerScope()) {
          Tensor g = gradients.data().narrow(0, offset, size).mul_(clip);
          Tensor m = firstMoment.data().narrow(0, offset, size);
          Tensor v = secondMoment.data().narrow(0, offset, size);
          m.mul_(beta1).add_(g, rest1);
          v.mul_(beta2).addcmul_(g, g, rest2);
          Tensor root = torch.sqrt(v).add_(epsilon);
          parameters.data().narrow(0, offset, size).addcdiv_(m, root, minusRate);
        }
      }
    }
  }
}
