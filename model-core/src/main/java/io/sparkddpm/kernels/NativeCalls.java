package io.sparkddpm.kernels;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Calls of {@link NativeOps} in a row, prepared together. */
final class NativeCalls {
  private final List<Runnable> calls = new ArrayList<>();

  NativeCalls add(Runnable call) {
    calls.add(call);
    return this;
  }

  Runnable inOrder() {
    Runnable[] all = calls.toArray(Runnable[]::new);
    return () -> {
      for (Runnable call : all) {
        call.run();
      }
    };
  }

  /** A number as an operand; lives as long as the calls. */
  static INDArray constant(DataType type, double value) {
    return Nd4j.createUninitializedDetached(type, 1).assign(value);
  }
}
