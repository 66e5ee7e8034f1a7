package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;
import static io.sparkddpm.kernels.NativeOps.op;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** SiLU's parts as native operations. */
final class NativeSilu {
  private final DataType type;

  NativeSilu(DataType type) {
    this.type = type;
  }

  /** sigmoid = (1 + tanh(y/2))/2: the sigmoid operation itself is several times slower. */
  void sigmoid(NativeCalls calls, INDArray y, INDArray out) {
    INDArray half = NativeCalls.constant(type, 0.5);
    calls.add(op("multiply", arrays(y, half), out));
    calls.add(op("tanh", arrays(out), out));
    calls.add(op("multiply", arrays(out, half), out));
    calls.add(op("add", arrays(out, half), out));
  }

  /** gradient *= σ(y)(1 + y(1 − σ(y))); overwrites {@code y} and {@code scratch}. */
  void gradient(NativeCalls calls, INDArray y, INDArray scratch, INDArray gradient) {
    INDArray one = NativeCalls.constant(type, 1);
    sigmoid(calls, y, scratch);
    calls.add(op("multiply", arrays(gradient, scratch), gradient));
    // 1 + y − y·σ
    calls.add(op("multiply", arrays(scratch, y), scratch));
    calls.add(op("subtract", arrays(y, scratch), y));
    calls.add(op("add", arrays(y, one), y));
    calls.add(op("multiply", arrays(gradient, y), gradient));
  }
}
