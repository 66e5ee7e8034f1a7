package io.sparkddpm.kernels;

import static io.sparkddpm.kernels.NativeOps.arrays;
import static io.sparkddpm.kernels.NativeOps.op;
import static io.sparkddpm.kernels.NativeOps.sum;

import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The kernels as compositions of ND4J's native operations: any floating type and any back end, the
 * GPU's included. The reference for {@link VectorKernels}.
 */
public final class NativeKernels implements Kernels {
  private final MemoryPlan memory;
  private final DataType type;
  private final NativeSilu silu;
  private final NativeNorm norms;

  public NativeKernels(MemoryPlan memory, DataType type) {
    this.memory = memory;
    this.type = type;
    this.silu = new NativeSilu(type);
    this.norms = new NativeNorm(memory, type);
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

  @Override
  public void normForward(Program program, Norm norm, Tensor out) {
    norms.forward(program, norm, out);
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
    norms.backward(program, norm, dout, dx, addTo, dscale, dbias, dshift);
  }

  @Override
  public void silu(Program program, Tensor x, Tensor out) {
    Tensor scratch = memory.allocate(x.shape());
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          NativeCalls calls = new NativeCalls();
          silu.sigmoid(calls, x.array(), scratch.array());
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
          NativeCalls calls = new NativeCalls();
          calls.add(op("assign", arrays(a.array(), x.array()), a.array()));
          if (dx != dout) {
            calls.add(op("assign", arrays(dx.array(), dout.array()), dx.array()));
          }
          silu.gradient(calls, a.array(), b.array(), dx.array());
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
          return new NativeCalls()
              .add(op("assign", arrays(first, a.array()), first))
              .add(op("assign", arrays(second, b.array()), second))
              .inOrder();
        });
  }

  static INDArray channels(INDArray x, long from, long to) {
    return x.get(
        NDArrayIndex.all(),
        NDArrayIndex.interval(from, to),
        NDArrayIndex.all(),
        NDArrayIndex.all());
  }

  @Override
  public void split(Program program, Tensor dout, Tensor da, Tensor db) {
    program.emit(
        LayerKind.ELEMENTWISE,
        () -> {
          INDArray whole = dout.array();
          INDArray first = channels(whole, 0, da.size(1));
          INDArray second = channels(whole, da.size(1), whole.size(1));
          return new NativeCalls()
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
          INDArray to = out.viewAs(rows, out.size(2) / x.size(2), w, 2);
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
          long copies = dout.size(2) / dx.size(2);
          return sum(dout.viewAs(rows, copies, w, 2), dx.viewAs(rows, w), 1, 3);
        });
  }

  @Override
  public void gaussian(Program program, Tensor moments, Bounds bounds, Tensor noise, Tensor out) {
    NativeGaussian.forward(program, type, moments, bounds, noise, out);
  }

  @Override
  public void gaussianBackward(
      Program program, Tensor moments, Bounds bounds, Tensor out, Tensor dout, Tensor dmoments) {
    NativeGaussian.backward(program, type, moments, bounds, out, dout, dmoments);
  }

  @Override
  public void softmax(Program program, Tensor x, double scale, Tensor out) {
    program.emit(
        LayerKind.ATTENTION,
        () -> {
          long last = x.size(x.shape().length - 1);
          long rows = x.length() / last;
          INDArray flat = out.viewAs(rows, last);
          return new NativeCalls()
              .add(
                  op("multiply", arrays(x.array(), NativeCalls.constant(type, scale)), out.array()))
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
          return new NativeCalls()
              .add(op("multiply", arrays(p.array(), dp.array()), a.array()))
              .add(sum(flat, row.viewAs(rows), 1))
              .add(
                  op("subtract", arrays(dp.viewAs(rows, last), row.array()), dx.viewAs(rows, last)))
              .add(op("multiply", arrays(dx.array(), p.array()), dx.array()))
              .add(
                  op("multiply", arrays(dx.array(), NativeCalls.constant(type, scale)), dx.array()))
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
