package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;
import static io.sparkddpm.kernels.NativeOps.mean;
import static io.sparkddpm.kernels.NativeOps.op;
import static io.sparkddpm.kernels.NativeOps.sum;

import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** GroupNorm as native operations, with the shift before it and SiLU and dropout after it. */
final class NativeNorm {
  private final MemoryPlan memory;
  private final DataType type;
  private final NativeSilu silu;

  NativeNorm(MemoryPlan memory, DataType type) {
    this.memory = memory;
    this.type = type;
    this.silu = new NativeSilu(type);
  }

  /** Views of a norm's tensors under the shapes that broadcasting needs. */
  private static final class Views {
    final long n;
    final long c;
    final long hw;
    final long groups;

    Views(Kernels.Norm norm) {
      Tensor x = norm.x();
      groups = norm.groups();
      n = x.size(0);
      c = x.size(1);
      hw = x.length() / (n * c);
    }

    INDArray byGroup(Tensor t) {
      return t.viewAs(n * groups, c / groups * hw);
    }

    INDArray byChannel(Tensor t) {
      return t.viewAs(n, c, hw);
    }

    INDArray perChannel(Tensor t) {
      return t.viewAs(1, c, 1);
    }

    INDArray perImageChannel(Tensor t) {
      return t.viewAs(n, c, 1);
    }
  }

  /** xhat = (x + shift − mean)/σ; statistics hold [mean of all groups; 1/σ of all groups]. */
  private void normalise(
      NativeCalls calls, Kernels.Norm norm, Views v, Tensor xhat, Tensor scratch) {
    if (norm.shift() != null) {
      calls.add(
          op(
              "add",
              arrays(v.byChannel(norm.x()), v.perImageChannel(norm.shift())),
              v.byChannel(xhat)));
    } else {
      calls.add(op("assign", arrays(v.byChannel(xhat), v.byChannel(norm.x())), v.byChannel(xhat)));
    }
    INDArray means = meanView(norm, v);
    INDArray inverse = inverseView(norm, v);
    INDArray meansColumn = means.reshape('c', v.n * v.groups, 1);
    INDArray inverseColumn = inverse.reshape('c', v.n * v.groups, 1);
    calls.add(mean(v.byGroup(xhat), means, 1));
    calls.add(op("subtract", arrays(v.byGroup(xhat), meansColumn), v.byGroup(xhat)));
    calls.add(op("multiply", arrays(v.byGroup(xhat), v.byGroup(xhat)), v.byGroup(scratch)));
    calls.add(mean(v.byGroup(scratch), inverse, 1));
    calls.add(op("add", arrays(inverse, NativeCalls.constant(type, Kernels.EPSILON)), inverse));
    calls.add(() -> Nd4j.getExecutioner().exec(rsqrt(inverse)));
    calls.add(op("multiply", arrays(v.byGroup(xhat), inverseColumn), v.byGroup(xhat)));
  }

  private static Op rsqrt(INDArray x) {
    return new RSqrt(x, x);
  }

  private static INDArray meanView(Kernels.Norm norm, Views v) {
    Tensor s = norm.statistics();
    return s.viewAs(2 * v.n * v.groups).get(NDArrayIndex.interval(0, v.n * v.groups));
  }

  private static INDArray inverseView(Kernels.Norm norm, Views v) {
    Tensor s = norm.statistics();
    return s.viewAs(2 * v.n * v.groups)
        .get(NDArrayIndex.interval(v.n * v.groups, 2 * v.n * v.groups));
  }

  private static Runnable fillMask(Dropout dropout, Tensor mask) {
    int n = mask.size(0);
    int perImage = Math.toIntExact(mask.length() / n);
    float scale = dropout.scale();
    float[] values = new float[Math.toIntExact(mask.length())];
    long[] shape = mask.shape();
    INDArray target = mask.array();
    return () -> {
      for (int i = 0; i < n; i++) {
        int key = dropout.key(i);
        for (int e = 0; e < perImage; e++) {
          values[i * perImage + e] = dropout.keeps(key, e) ? scale : 0f;
        }
      }
      try (INDArray host = Nd4j.create(values, shape, 'c')) {
        target.assign(host);
      }
    };
  }

  /** Emits {@link Kernels#normForward}. */
  void forward(Program program, Kernels.Norm norm, Tensor out) {
    Tensor scratch = memory.allocate(norm.x().shape());
    program.emit(
        LayerKind.NORMALIZATION,
        () -> {
          Views v = new Views(norm);
          NativeCalls calls = new NativeCalls();
          normalise(calls, norm, v, out, scratch);
          INDArray y = v.byChannel(out);
          calls.add(op("multiply", arrays(y, v.perChannel(norm.scale())), y));
          calls.add(op("add", arrays(y, v.perChannel(norm.bias())), y));
          if (norm.silu()) {
            silu.sigmoid(calls, out.array(), scratch.array());
            calls.add(op("multiply", arrays(out.array(), scratch.array()), out.array()));
          }
          if (norm.dropout() != null) {
            calls.add(fillMask(norm.dropout(), scratch));
            calls.add(op("multiply", arrays(out.array(), scratch.array()), out.array()));
          }
          return calls.inOrder();
        });
    scratch.release();
  }

  /** Emits {@link Kernels#normBackward}. */
  void backward(
      Program program,
      Kernels.Norm norm,
      Tensor dout,
      Tensor dx,
      Tensor addTo,
      Tensor dscale,
      Tensor dbias,
      Tensor dshift) {
    long[] shape = norm.x().shape();
    Tensor xhat = memory.allocate(shape);
    Tensor dy = memory.allocate(shape);
    Tensor a = memory.allocate(shape);
    Tensor b = memory.allocate(shape);
    Tensor groupSum = memory.allocate(shape[0] * norm.groups(), 1);
    program.emit(
        LayerKind.NORMALIZATION,
        () -> {
          Views v = new Views(norm);
          NativeCalls calls = new NativeCalls();
          normalise(calls, norm, v, xhat, a);
          calls.add(op("assign", arrays(dy.array(), dout.array()), dy.array()));
          if (norm.dropout() != null) {
            calls.add(fillMask(norm.dropout(), a));
            calls.add(op("multiply", arrays(dy.array(), a.array()), dy.array()));
          }
          if (norm.silu()) {
            INDArray y = v.byChannel(a);
            calls.add(op("multiply", arrays(v.byChannel(xhat), v.perChannel(norm.scale())), y));
            calls.add(op("add", arrays(y, v.perChannel(norm.bias())), y));
            silu.gradient(calls, a.array(), b.array(), dy.array());
          }
          calls.add(sum(v.byChannel(dy), dbias.array(), 0, 2));
          calls.add(op("multiply", arrays(dy.array(), xhat.array()), a.array()));
          calls.add(sum(v.byChannel(a), dscale.array(), 0, 2));
          calls.add(
              op("multiply", arrays(v.byChannel(dy), v.perChannel(norm.scale())), v.byChannel(dy)));
          // dx = (dxhat − mean(dxhat) − xhat·mean(dxhat·xhat))/σ
          INDArray flatSum = groupSum.viewAs(v.n * v.groups);
          calls.add(op("multiply", arrays(dy.array(), xhat.array()), a.array()));
          calls.add(mean(v.byGroup(a), flatSum, 1));
          calls.add(op("multiply", arrays(v.byGroup(xhat), groupSum.array()), v.byGroup(xhat)));
          calls.add(mean(v.byGroup(dy), flatSum, 1));
          calls.add(op("subtract", arrays(v.byGroup(dy), groupSum.array()), v.byGroup(dy)));
          calls.add(op("subtract", arrays(dy.array(), xhat.array()), dy.array()));
          INDArray inverse = inverseView(norm, v).reshape('c', v.n * v.groups, 1);
          calls.add(op("multiply", arrays(v.byGroup(dy), inverse), v.byGroup(dy)));
          if (dshift != null) {
            calls.add(sum(v.byChannel(dy), dshift.array(), 2));
          }
          if (addTo != null) {
            calls.add(op("add", arrays(addTo.array(), dy.array()), dx.array()));
          } else {
            calls.add(op("assign", arrays(dx.array(), dy.array()), dx.array()));
          }
          return calls.inOrder();
        });
    for (Tensor t : List.of(xhat, dy, a, b, groupSum)) {
      t.release();
    }
  }
}
