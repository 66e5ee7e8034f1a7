package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;
import static io.sparkddpm.kernels.NativeOps.mean;
import static io.sparkddpm.kernels.NativeOps.op;
import static io.sparkddpm.kernels.NativeOps.sum;

import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The kernels as compositions of ND4J's native operations: any floating type and any back end, the
 * GPU's included. The reference for {@link VectorKernels}.
 */
public final class NativeKernels implements Kernels {
  private final MemoryPlan memory;
  private final DataType type;

  public NativeKernels(MemoryPlan memory, DataType type) {
    this.memory = memory;
    this.type = type;
  }

  private INDArray constant(double value) {
    return Nd4j.createUninitializedDetached(type, 1).assign(value);
  }

  /** Calls in a row, prepared together. */
  private static final class Calls {
    private final List<Runnable> calls = new ArrayList<>();

    Calls add(Runnable call) {
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
  }

  @Override
  public void convolution(Program program, Filter filter, Tensor x, Tensor out) {
    NativeConvolution.forward(program, filter, x, out);
  }

  @Override
  public void convolutionBackward(
      Program program,
      Filter filter,
      Tensor x,
      Tensor dout,
      Tensor dx,
      Tensor dweight,
      Tensor dbias) {
    NativeConvolution.backward(program, filter, x, dout, dx, dweight, dbias);
  }

  @Override
  public void product(
      Program program, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
    program.emit(
        LayerKind.ATTENTION,
        () -> NativeOps.matmul(flat(a), transposeA, flat(b), transposeB, flat(out)));
  }

  private static INDArray flat(Tensor t) {
    return t.viewAs(t.size(0), t.size(1), t.length() / t.size(0) / t.size(1));
  }

  /** Views of a norm's tensors under the shapes that broadcasting needs. */
  private static final class Views {
    final long n;
    final long c;
    final long hw;
    final long groups;

    Views(Norm norm) {
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
  private void normalise(Calls calls, Norm norm, Views v, Tensor xhat, Tensor scratch) {
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
    calls.add(op("add", arrays(inverse, constant(EPSILON)), inverse));
    calls.add(() -> Nd4j.getExecutioner().exec(rsqrt(inverse)));
    calls.add(op("multiply", arrays(v.byGroup(xhat), inverseColumn), v.byGroup(xhat)));
  }

  private static org.nd4j.linalg.api.ops.Op rsqrt(INDArray x) {
    return new org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt(x, x);
  }

  private static INDArray meanView(Norm norm, Views v) {
    Tensor s = norm.statistics();
    return s.viewAs(2 * v.n * v.groups)
        .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, v.n * v.groups));
  }

  private static INDArray inverseView(Norm norm, Views v) {
    Tensor s = norm.statistics();
    return s.viewAs(2 * v.n * v.groups)
        .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(v.n * v.groups, 2 * v.n * v.groups));
  }

  /** sigmoid = (1 + tanh(y/2))/2: the sigmoid operation itself is several times slower. */
  private void sigmoid(Calls calls, INDArray y, INDArray out) {
    INDArray half = constant(0.5);
    calls.add(op("multiply", arrays(y, half), out));
    calls.add(op("tanh", arrays(out), out));
    calls.add(op("multiply", arrays(out, half), out));
    calls.add(op("add", arrays(out, half), out));
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

  @Override
  public void normForward(Program program, Norm norm, Tensor out) {
    Tensor scratch = memory.allocate(norm.x().shape());
    program.emit(
        LayerKind.NORMALIZATION,
        () -> {
          Views v = new Views(norm);
          Calls calls = new Calls();
          normalise(calls, norm, v, out, scratch);
          INDArray y = v.byChannel(out);
          calls.add(op("multiply", arrays(y, v.perChannel(norm.scale())), y));
          calls.add(op("add", arrays(y, v.perChannel(norm.bias())), y));
          if (norm.silu()) {
            sigmoid(calls, out.array(), scratch.array());
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

  @Override
  public void normBackward(
      Program program,
      Norm norm,
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
          Calls calls = new Calls();
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
            siluGradient(calls, a.array(), b.array(), dy.array());
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

  /** gradient *= σ(y)(1 + y(1 − σ(y))); overwrites {@code y} and {@code scratch}. */
  private void siluGradient(Calls calls, INDArray y, INDArray scratch, INDArray gradient) {
    INDArray one = constant(1);
    sigmoid(calls, y, scratch);
    calls.add(op("multiply", arrays(gradient, scratch), gradient));
    // 1 + y − y·σ
    calls.add(op("multiply", arrays(scratch, y), scratch));
    calls.add(op("subtract", arrays(y, scratch), y));
    calls.add(op("add", arrays(y, one), y));
    calls.add(op("multiply", arrays(gradient, y), gradient));
  }

  @Override
  public void silu(Program program, Tensor x, Tensor out) {
    Tensor scratch = memory.allocate(x.shape());
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          Calls calls = new Calls();
          sigmoid(calls, x.array(), scratch.array());
          calls.add(op("multiply", arrays(x.array(), scratch.array()), out.array()));
          return calls.inOrder();
        });
    scratch.release();
  }

  @Override
  public void siluBackward(Program program, Tensor x, Tensor dout, Tensor dx) {
    Tensor a = memory.allocate(x.shape());
    Tensor b = memory.allocate(x.shape());
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          Calls calls = new Calls();
          calls.add(op("assign", arrays(a.array(), x.array()), a.array()));
          if (dx != dout) {
            calls.add(op("assign", arrays(dx.array(), dout.array()), dx.array()));
          }
          siluGradient(calls, a.array(), b.array(), dx.array());
          return calls.inOrder();
        });
    a.release();
    b.release();
  }

  @Override
  public void addInPlace(Program program, Tensor x, Tensor target) {
    program.emit(
        LayerKind.ELEMENTWISE, () -> op("add", arrays(target.array(), x.array()), target.array()));
  }

  @Override
  public void concat(Program program, Tensor a, Tensor b, Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          INDArray whole = out.array();
          INDArray first = channels(whole, 0, a.size(1));
          INDArray second = channels(whole, a.size(1), whole.size(1));
          return new Calls()
              .add(op("assign", arrays(first, a.array()), first))
              .add(op("assign", arrays(second, b.array()), second))
              .inOrder();
        });
  }

  private static INDArray channels(INDArray x, long from, long to) {
    return x.get(
        org.nd4j.linalg.indexing.NDArrayIndex.all(),
        org.nd4j.linalg.indexing.NDArrayIndex.interval(from, to),
        org.nd4j.linalg.indexing.NDArrayIndex.all(),
        org.nd4j.linalg.indexing.NDArrayIndex.all());
  }

  @Override
  public void split(Program program, Tensor dout, Tensor da, Tensor db) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          INDArray whole = dout.array();
          INDArray first = channels(whole, 0, da.size(1));
          INDArray second = channels(whole, da.size(1), whole.size(1));
          return new Calls()
              .add(op("assign", arrays(da.array(), first), da.array()))
              .add(op("assign", arrays(db.array(), second), db.array()))
              .inOrder();
        });
  }

  @Override
  public void upsample(Program program, Tensor x, Tensor out) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          long rows = (long) x.size(0) * x.size(1) * x.size(2);
          long w = x.size(3);
          INDArray from = x.viewAs(rows, 1, w, 1);
          INDArray to = out.viewAs(rows, 2, w, 2);
          return op("assign", arrays(to, from), to);
        });
  }

  @Override
  public void upsampleBackward(Program program, Tensor dout, Tensor dx) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          long rows = (long) dx.size(0) * dx.size(1) * dx.size(2);
          long w = dx.size(3);
          return sum(dout.viewAs(rows, 2, w, 2), dx.viewAs(rows, w), 1, 3);
        });
  }

  @Override
  public void softmax(Program program, Tensor x, double scale, Tensor out) {
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          long last = x.size(x.shape().length - 1);
          long rows = x.length() / last;
          INDArray flat = out.viewAs(rows, last);
          return new Calls()
              .add(op("multiply", arrays(x.array(), constant(scale)), out.array()))
              .add(
                  op(
                      "softmax",
                      arrays(flat),
                      arrays(flat),
                      new long[] {1},
                      new double[0],
                      new boolean[0]))
              .inOrder();
        });
  }

  @Override
  public void softmaxBackward(Program program, Tensor p, Tensor dp, double scale, Tensor dx) {
    Tensor a = memory.allocate(p.shape());
    long last = p.size(p.shape().length - 1);
    Tensor row = memory.allocate(p.length() / last, 1);
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          long rows = p.length() / last;
          INDArray flat = a.viewAs(rows, last);
          return new Calls()
              .add(op("multiply", arrays(p.array(), dp.array()), a.array()))
              .add(sum(flat, row.viewAs(rows), 1))
              .add(
                  op("subtract", arrays(dp.viewAs(rows, last), row.array()), dx.viewAs(rows, last)))
              .add(op("multiply", arrays(dx.array(), p.array()), dx.array()))
              .add(op("multiply", arrays(dx.array(), constant(scale)), dx.array()))
              .inOrder();
        });
    a.release();
    row.release();
  }

  @Override
  public void addBias(Program program, Tensor bias, Tensor rows) {
    program.emit(
        LayerKind.DENSE,
        () -> op("add", arrays(rows.array(), bias.viewAs(1, bias.length())), rows.array()));
  }

  @Override
  public void biasBackward(Program program, Tensor rows, Tensor dbias) {
    program.emit(LayerKind.DENSE, () -> sum(rows.array(), dbias.array(), 0));
  }

  @Override
  public void lookUp(Program program, Tensor table, int[] labels, Tensor out) {
    program.emit(
        LayerKind.DENSE,
        () -> {
          INDArray[] classes = rows(table);
          INDArray[] items = rows(out);
          return () -> {
            out.array().assign(0);
            for (int n = 0; n < items.length; n++) {
              if (labels[n] >= 0) {
                items[n].assign(classes[labels[n]]);
              }
            }
          };
        });
  }

  @Override
  public void lookUpBackward(Program program, Tensor dout, int[] labels, Tensor dtable) {
    program.emit(
        LayerKind.DENSE,
        () -> {
          INDArray[] classes = rows(dtable);
          INDArray[] items = rows(dout);
          return () -> {
            dtable.array().assign(0);
            for (int n = 0; n < items.length; n++) {
              if (labels[n] >= 0) {
                classes[labels[n]].addi(items[n]);
              }
            }
          };
        });
  }

  private static INDArray[] rows(Tensor matrix) {
    INDArray[] rows = new INDArray[matrix.size(0)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = matrix.array().getRow(i);
    }
    return rows;
  }
}
