package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;
import static io.sparkddpm.kernels.NativeOps.op;

import io.sparkddpm.memory.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.factory.Nd4j;

/** Draws from diagonal Gaussians, as native operations. */
final class NativeGaussian {
  private NativeGaussian() {}

  private static INDArray means(Tensor moments) {
    return NativeKernels.channels(moments.array(), 0, moments.size(1) / 2);
  }

  private static INDArray logVariances(Tensor moments) {
    return NativeKernels.channels(moments.array(), moments.size(1) / 2, moments.size(1));
  }

  /** Emits {@link Kernels#gaussian}. */
  static void forward(
      Program program,
      DataType type,
      Tensor moments,
      Kernels.Bounds bounds,
      Tensor noise,
      Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          INDArray z = out.array();
          Exp exp = new Exp(z, z);
          double[] ends = {bounds.least(), bounds.most()};
          return new NativeCalls()
              .add(op("assign", arrays(z, logVariances(moments)), z))
              .add(op("clipbyvalue", arrays(z), arrays(z), new long[0], ends, new boolean[0]))
              .add(op("multiply", arrays(z, NativeCalls.constant(type, 0.5)), z))
              .add(() -> Nd4j.getExecutioner().exec(exp))
              .add(op("multiply", arrays(z, noise.array()), z))
              .add(op("add", arrays(z, means(moments)), z))
              .inOrder();
        });
  }

  /**
   * Emits {@link Kernels#gaussianBackward}: e^{s/2}·ε is out − μ, and the gradient of the clamp is
   * that of a hard tanh between the bounds.
   */
  static void backward(
      Program program,
      DataType type,
      Tensor moments,
      Kernels.Bounds bounds,
      Tensor out,
      Tensor dout,
      Tensor dmoments) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          INDArray g = dout.array();
          INDArray z = out.array();
          INDArray means = means(dmoments);
          INDArray logs = logVariances(dmoments);
          INDArray middle = NativeCalls.constant(type, (bounds.most() + bounds.least()) / 2);
          INDArray scale = NativeCalls.constant(type, 2 / (bounds.most() - bounds.least()));
          return new NativeCalls()
              // g·(out − μ)/2, in the place of out, which is not needed any more
              .add(op("subtract", arrays(z, means(moments)), z))
              .add(op("multiply", arrays(z, g), z))
              .add(op("multiply", arrays(z, NativeCalls.constant(type, 0.5)), z))
              .add(op("assign", arrays(means, g), means))
              .add(op("subtract", arrays(logVariances(moments), middle), g))
              .add(op("multiply", arrays(g, scale), g))
              .add(op("hardtanh_bp", arrays(g, z), g))
              .add(op("assign", arrays(logs, g), logs))
              .inOrder();
        });
  }
}
