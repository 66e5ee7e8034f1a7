package io.sparkddpm.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's native operations, prepared once and run many times without allocating. */
public final class NativeOps {
  private static final long[] NO_LONGS = {};
  private static final double[] NO_DOUBLES = {};
  private static final boolean[] NO_BOOLEANS = {};

  private NativeOps() {}

  private static final class Named extends DynamicCustomOp {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public String opName() {
      return name;
    }
  }

  static INDArray[] arrays(INDArray... arrays) {
    return arrays;
  }

  static Runnable op(String name, INDArray[] inputs, INDArray... outputs) {
    return op(name, inputs, outputs, NO_LONGS, NO_DOUBLES, NO_BOOLEANS);
  }

  /**
   * @param integers the operation's integer arguments, in its own order
   */
  static Runnable op(
      String name,
      INDArray[] inputs,
      INDArray[] outputs,
      long[] integers,
      double[] reals,
      boolean[] booleans) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setInputArrays(inputs);
    context.setOutputArrays(outputs);
    if (integers.length > 0) {
      context.setIArguments(integers);
    }
    if (reals.length > 0) {
      context.setTArguments(reals);
    }
    if (booleans.length > 0) {
      context.setBArguments(booleans);
    }
    Named op = new Named(name);
    return () -> Nd4j.getExecutioner().exec(op, context);
  }

  /** out = a·b over the last two dimensions, either transposed first. */
  public static Runnable matmul(
      INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray out) {
    return op(
        "matmul",
        arrays(a, b),
        arrays(out),
        new long[] {transposeA ? 1 : 0, transposeB ? 1 : 0, 0},
        NO_DOUBLES,
        NO_BOOLEANS);
  }

  /** Sum over {@code axes}, which are dropped from the shape. */
  static Runnable sum(INDArray in, INDArray out, long... axes) {
    return op("reduce_sum", arrays(in), arrays(out), axes, NO_DOUBLES, new boolean[] {false});
  }

  /** Mean over {@code axes}, which are dropped from the shape. */
  static Runnable mean(INDArray in, INDArray out, long... axes) {
    return op("reduce_mean", arrays(in), arrays(out), axes, NO_DOUBLES, new boolean[] {false});
  }
}
