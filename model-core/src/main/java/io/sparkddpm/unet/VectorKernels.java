package io.sparkddpm.unet;

import static io.sparkddpm.unet.VectorMath.FLOATS;
import static io.sparkddpm.unet.VectorMath.LANES;
import static io.sparkddpm.unet.VectorMath.broadcast;

import io.sparkddpm.unet.Program.Kind;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The kernels on the JVM's vector unit, for float32 in host memory. Each piece of a tensor is
 * staged through arrays that stay in the cache, so that a kernel reads and writes main memory once.
 * Results do not depend on the number of threads: no sum crosses a piece.
 */
final class VectorKernels implements Kernels {
  /** Floats staged at a time by kernels that have no natural piece. */
  private static final int CHUNK = 4096;

  private final Threads threads;
  private final Stage[] stages;

  VectorKernels(Threads threads) {
    this.threads = threads;
    this.stages = new Stage[threads.count()];
    for (int i = 0; i < stages.length; i++) {
      stages[i] = new Stage();
    }
    reserve(CHUNK);
  }

  /** A thread's arrays. */
  private static final class Stage {
    private float[] x = {};
    private float[] y = {};

    private void reserve(int length) {
      if (x.length < length) {
        x = new float[length];
        y = new float[length];
      }
    }
  }

  private void reserve(int length) {
    for (Stage stage : stages) {
      stage.reserve(length);
    }
  }

  // ---- GroupNorm

  /** Sizes of a norm. */
  private record Extent(int n, int c, int hw, int perGroup) {
    static Extent of(Tensor x) {
      int n = x.size(0);
      int c = x.size(1);
      return new Extent(n, c, Math.toIntExact(x.length() / n / c), c / GROUPS);
    }

    int groupLength() {
      return perGroup * hw;
    }

    int groupOffset(int image, int group) {
      return (image * c + group * perGroup) * hw;
    }
  }

  /** γ and β as arrays, fetched once per call. */
  private static final class Affine {
    private final FloatBuffer scaleBuffer;
    private final FloatBuffer biasBuffer;
    private final float[] scale;
    private final float[] bias;

    Affine(Norm norm) {
      scaleBuffer = norm.scale().floats();
      biasBuffer = norm.bias().floats();
      scale = new float[scaleBuffer.capacity()];
      bias = new float[scale.length];
    }

    void fetch() {
      scaleBuffer.get(0, scale);
      biasBuffer.get(0, bias);
    }
  }

  @Override
  public void normForward(Program program, Norm norm, Tensor out) {
    Extent e = Extent.of(norm.x());
    reserve(e.groupLength());
    program.emit(
        Kind.NORMALIZATION,
        () -> {
          FloatBuffer x = norm.x().floats();
          FloatBuffer shift = norm.shift() == null ? null : norm.shift().floats();
          FloatBuffer statistics = norm.statistics().floats();
          FloatBuffer to = out.floats();
          Affine affine = new Affine(norm);
          Threads.Task task =
              (thread, from, end) -> {
                Stage stage = stages[thread];
                for (int piece = from; piece < end; piece++) {
                  int image = piece / GROUPS;
                  int group = piece % GROUPS;
                  int offset = e.groupOffset(image, group);
                  x.get(offset, stage.x, 0, e.groupLength());
                  addShift(e, shift, image, group, stage.x);
                  float mean = sum(stage.x, e.groupLength()) / e.groupLength();
                  double variance =
                      (double) squaredDeviations(stage.x, e.groupLength(), mean) / e.groupLength();
                  float inverse = (float) (1.0 / Math.sqrt(variance + EPSILON));
                  statistics.put(2 * piece, mean);
                  statistics.put(2 * piece + 1, inverse);
                  for (int k = 0; k < e.perGroup(); k++) {
                    int channel = group * e.perGroup() + k;
                    float a = inverse * affine.scale[channel];
                    float b = affine.bias[channel] - mean * a;
                    activate(stage.x, k * e.hw(), e.hw(), a, b, norm.silu());
                  }
                  if (norm.dropout() != null) {
                    drop(norm.dropout(), image, group * e.groupLength(), stage.x, e.groupLength());
                  }
                  to.put(offset, stage.x, 0, e.groupLength());
                }
              };
          return () -> {
            affine.fetch();
            threads.split(e.n() * GROUPS, task);
          };
        });
  }

  private static void addShift(Extent e, FloatBuffer shift, int image, int group, float[] x) {
    if (shift == null) {
      return;
    }
    for (int k = 0; k < e.perGroup(); k++) {
      addConstant(x, k * e.hw(), e.hw(), shift.get(image * e.c() + group * e.perGroup() + k));
    }
  }

  private static void addConstant(float[] x, int from, int length, float value) {
    for (int i = from; i < from + length; i++) {
      x[i] += value;
    }
  }

  private static float sum(float[] x, int length) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (int end = length - 4 * LANES; i <= end; i += 4 * LANES) {
      s0 = s0.add(FloatVector.fromArray(FLOATS, x, i));
      s1 = s1.add(FloatVector.fromArray(FLOATS, x, i + LANES));
      s2 = s2.add(FloatVector.fromArray(FLOATS, x, i + 2 * LANES));
      s3 = s3.add(FloatVector.fromArray(FLOATS, x, i + 3 * LANES));
    }
    float tail = 0;
    for (; i < length; i++) {
      tail += x[i];
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD) + tail;
  }

  private static float squaredDeviations(float[] x, int length, float mean) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (int end = length - 4 * LANES; i <= end; i += 4 * LANES) {
      FloatVector d0 = FloatVector.fromArray(FLOATS, x, i).sub(mean);
      FloatVector d1 = FloatVector.fromArray(FLOATS, x, i + LANES).sub(mean);
      FloatVector d2 = FloatVector.fromArray(FLOATS, x, i + 2 * LANES).sub(mean);
      FloatVector d3 = FloatVector.fromArray(FLOATS, x, i + 3 * LANES).sub(mean);
      s0 = d0.fma(d0, s0);
      s1 = d1.fma(d1, s1);
      s2 = d2.fma(d2, s2);
      s3 = d3.fma(d3, s3);
    }
    float tail = 0;
    for (; i < length; i++) {
      tail += (x[i] - mean) * (x[i] - mean);
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD) + tail;
  }

  /** x = a·x + b, then SiLU where asked. */
  private static void activate(float[] x, int from, int length, float a, float b, boolean silu) {
    int i = from;
    int end = from + length;
    FloatVector va = broadcast(a);
    FloatVector vb = broadcast(b);
    if (silu) {
      for (; i + LANES <= end; i += LANES) {
        FloatVector y = FloatVector.fromArray(FLOATS, x, i).fma(va, vb);
        y.mul(VectorMath.sigmoid(y)).intoArray(x, i);
      }
    } else {
      for (; i + LANES <= end; i += LANES) {
        FloatVector.fromArray(FLOATS, x, i).fma(va, vb).intoArray(x, i);
      }
    }
    if (i < end) {
      VectorMask<Float> rest = FLOATS.indexInRange(i, end);
      FloatVector y = FloatVector.fromArray(FLOATS, x, i, rest).fma(va, vb);
      (silu ? y.mul(VectorMath.sigmoid(y)) : y).intoArray(x, i, rest);
    }
  }

  /** Zeroes the dropped elements and scales the others; {@code first}: index in the image. */
  private static void drop(Dropout dropout, int image, int first, float[] x, int length) {
    int key = dropout.key(image);
    int threshold = dropout.threshold();
    float scale = dropout.scale();
    int i = 0;
    for (; i + LANES <= length; i += LANES) {
      VectorMask<Float> kept = VectorMath.kept(key, first + i, threshold);
      FloatVector v = FloatVector.fromArray(FLOATS, x, i).mul(scale);
      FloatVector.zero(FLOATS).blend(v, kept).intoArray(x, i);
    }
    for (; i < length; i++) {
      x[i] = dropout.keeps(key, first + i) ? x[i] * scale : 0f;
    }
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
    Extent e = Extent.of(norm.x());
    reserve(e.groupLength());
    program.emit(
        Kind.NORMALIZATION,
        () -> {
          NormBackward kernel =
              new NormBackward(
                  e,
                  norm,
                  dout.floats(),
                  dx.floats(),
                  addTo == null ? null : addTo.floats(),
                  dshift == null ? null : dshift.floats());
          FloatBuffer dscaleTo = dscale.floats();
          FloatBuffer dbiasTo = dbias.floats();
          return () -> {
            kernel.affine.fetch();
            threads.split(
                GROUPS,
                (thread, from, end) -> {
                  for (int group = from; group < end; group++) {
                    kernel.group(group, stages[thread]);
                  }
                });
            for (int channel = 0; channel < e.c(); channel++) {
              dscaleTo.put(channel, (float) kernel.dscale[channel]);
              dbiasTo.put(channel, (float) kernel.dbias[channel]);
            }
          };
        });
  }

  /** The backward pass of one group over all images. */
  private static final class NormBackward {
    private final Extent e;
    private final Norm norm;
    private final FloatBuffer x;
    private final FloatBuffer shift;
    private final FloatBuffer statistics;
    private final FloatBuffer dout;
    private final FloatBuffer dx;
    private final FloatBuffer addTo;
    private final FloatBuffer dshift;
    private final Affine affine;
    private final double[] dscale;
    private final double[] dbias;
    private final float[] sumDy;
    private final float[] sumDyX;

    NormBackward(
        Extent e,
        Norm norm,
        FloatBuffer dout,
        FloatBuffer dx,
        FloatBuffer addTo,
        FloatBuffer dshift) {
      this.e = e;
      this.norm = norm;
      this.x = norm.x().floats();
      this.shift = norm.shift() == null ? null : norm.shift().floats();
      this.statistics = norm.statistics().floats();
      this.dout = dout;
      this.dx = dx;
      this.addTo = addTo;
      this.dshift = dshift;
      this.affine = new Affine(norm);
      this.dscale = new double[e.c()];
      this.dbias = new double[e.c()];
      this.sumDy = new float[e.c()];
      this.sumDyX = new float[e.c()];
    }

    void group(int group, Stage stage) {
      int firstChannel = group * e.perGroup();
      for (int k = 0; k < e.perGroup(); k++) {
        dscale[firstChannel + k] = 0;
        dbias[firstChannel + k] = 0;
      }
      for (int image = 0; image < e.n(); image++) {
        image(image, group, stage);
      }
    }

    private void image(int image, int group, Stage stage) {
      int length = e.groupLength();
      int offset = e.groupOffset(image, group);
      int firstChannel = group * e.perGroup();
      float mean = statistics.get(2 * (image * GROUPS + group));
      float inverse = statistics.get(2 * (image * GROUPS + group) + 1);
      x.get(offset, stage.x, 0, length);
      addShift(e, shift, image, group, stage.x);
      dout.get(offset, stage.y, 0, length);
      if (norm.dropout() != null) {
        drop(norm.dropout(), image, group * length, stage.y, length);
      }
      double sum = 0;
      double sumX = 0;
      for (int k = 0; k < e.perGroup(); k++) {
        int channel = firstChannel + k;
        float a = inverse * affine.scale[channel];
        float b = affine.bias[channel] - mean * a;
        channelSums(stage, k * e.hw(), e.hw(), a, b, mean, norm.silu(), channel);
        double xhat = (double) sumDyX[channel] * inverse;
        dscale[channel] += xhat;
        dbias[channel] += sumDy[channel];
        sum += (double) affine.scale[channel] * sumDy[channel];
        sumX += affine.scale[channel] * xhat;
      }
      // dx = (γ·dy − mean(γ·dy) − xhat·mean(γ·dy·xhat))/σ, as dy·p + (x − mean)·q + r
      float q = (float) (-sumX / length * inverse * inverse);
      float r = (float) (-sum / length * inverse);
      for (int k = 0; k < e.perGroup(); k++) {
        int channel = firstChannel + k;
        float p = inverse * affine.scale[channel];
        combine(stage, k * e.hw(), e.hw(), p, q, r - mean * q);
        if (dshift != null) {
          dshift.put(image * e.c() + channel, sumRow(stage.y, k * e.hw(), e.hw()));
        }
      }
      if (addTo != null) {
        addTo.get(offset, stage.x, 0, length);
        add(stage.x, stage.y, length);
      }
      dx.put(offset, stage.y, 0, length);
    }

    /** Turns dout into dy in {@code stage.y} and sums dy and dy·(x − mean) over the channel. */
    private void channelSums(
        Stage stage,
        int from,
        int length,
        float a,
        float b,
        float mean,
        boolean silu,
        int channel) {
      float[] xs = stage.x;
      float[] ys = stage.y;
      int end = from + length;
      FloatVector va = broadcast(a);
      FloatVector vb = broadcast(b);
      FloatVector dySum = FloatVector.zero(FLOATS);
      FloatVector dyXSum = FloatVector.zero(FLOATS);
      int i = from;
      if (silu) {
        for (; i + LANES <= end; i += LANES) {
          FloatVector xv = FloatVector.fromArray(FLOATS, xs, i);
          FloatVector dy = FloatVector.fromArray(FLOATS, ys, i).mul(siluSlope(xv.fma(va, vb)));
          dy.intoArray(ys, i);
          dySum = dySum.add(dy);
          dyXSum = xv.sub(mean).fma(dy, dyXSum);
        }
      } else {
        for (; i + LANES <= end; i += LANES) {
          FloatVector xv = FloatVector.fromArray(FLOATS, xs, i);
          FloatVector dy = FloatVector.fromArray(FLOATS, ys, i);
          dySum = dySum.add(dy);
          dyXSum = xv.sub(mean).fma(dy, dyXSum);
        }
      }
      if (i < end) {
        VectorMask<Float> rest = FLOATS.indexInRange(i, end);
        FloatVector xv = FloatVector.fromArray(FLOATS, xs, i, rest);
        FloatVector dy = FloatVector.fromArray(FLOATS, ys, i, rest);
        if (silu) {
          dy = dy.mul(siluSlope(xv.fma(va, vb)));
          dy.intoArray(ys, i, rest);
        }
        dySum = dySum.add(dy);
        dyXSum = xv.sub(mean).fma(dy, dyXSum);
      }
      sumDy[channel] = dySum.reduceLanes(VectorOperators.ADD);
      sumDyX[channel] = dyXSum.reduceLanes(VectorOperators.ADD);
    }

    private static void combine(Stage stage, int from, int length, float p, float q, float r) {
      float[] xs = stage.x;
      float[] ys = stage.y;
      for (int i = from; i < from + length; i++) {
        ys[i] = ys[i] * p + (xs[i] * q + r);
      }
    }

    private static float sumRow(float[] x, int from, int length) {
      FloatVector s = FloatVector.zero(FLOATS);
      int i = from;
      for (; i + LANES <= from + length; i += LANES) {
        s = s.add(FloatVector.fromArray(FLOATS, x, i));
      }
      float tail = 0;
      for (; i < from + length; i++) {
        tail += x[i];
      }
      return s.reduceLanes(VectorOperators.ADD) + tail;
    }
  }

  /** Derivative of x·σ(x). */
  private static FloatVector siluSlope(FloatVector y) {
    FloatVector s = VectorMath.sigmoid(y);
    // s·(1 + y·(1 − s))
    return broadcast(1f).sub(s).fma(y, broadcast(1f)).mul(s);
  }

  // ---- element-wise

  /** A kernel over chunks of a tensor of any shape. */
  private interface ChunkKernel {
    void run(Stage stage, int offset, int length);
  }

  private Runnable chunked(long length, ChunkKernel kernel) {
    int total = Math.toIntExact(length);
    int chunks = (total + CHUNK - 1) / CHUNK;
    Threads.Task task =
        (thread, from, end) -> {
          for (int chunk = from; chunk < end; chunk++) {
            int offset = chunk * CHUNK;
            kernel.run(stages[thread], offset, Math.min(CHUNK, total - offset));
          }
        };
    return () -> threads.split(chunks, task);
  }

  @Override
  public void silu(Program program, Tensor x, Tensor out) {
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                activate(stage.x, 0, length, 1f, 0f, true);
                to.put(offset, stage.x, 0, length);
              });
        });
  }

  @Override
  public void siluBackward(Program program, Tensor x, Tensor dout, Tensor dx) {
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer gradient = dout.floats();
          FloatBuffer to = dx.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                gradient.get(offset, stage.y, 0, length);
                multiplyBySiluSlope(stage.x, stage.y, length);
                to.put(offset, stage.y, 0, length);
              });
        });
  }

  private static void multiplyBySiluSlope(float[] x, float[] y, int length) {
    int i = 0;
    for (; i + LANES <= length; i += LANES) {
      FloatVector slope = siluSlope(FloatVector.fromArray(FLOATS, x, i));
      FloatVector.fromArray(FLOATS, y, i).mul(slope).intoArray(y, i);
    }
    if (i < length) {
      VectorMask<Float> rest = FLOATS.indexInRange(i, length);
      FloatVector slope = siluSlope(FloatVector.fromArray(FLOATS, x, i, rest));
      FloatVector.fromArray(FLOATS, y, i, rest).mul(slope).intoArray(y, i, rest);
    }
  }

  @Override
  public void addInPlace(Program program, Tensor x, Tensor target) {
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = target.floats();
          return chunked(
              x.length(),
              (stage, offset, length) -> {
                from.get(offset, stage.x, 0, length);
                to.get(offset, stage.y, 0, length);
                add(stage.x, stage.y, length);
                to.put(offset, stage.y, 0, length);
              });
        });
  }

  private static void add(float[] x, float[] target, int length) {
    for (int i = 0; i < length; i++) {
      target[i] += x[i];
    }
  }

  // ---- copies

  @Override
  public void concat(Program program, Tensor a, Tensor b, Tensor out) {
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer whole = out.floats();
          FloatBuffer first = a.floats();
          FloatBuffer second = b.floats();
          int n = out.size(0);
          int lengthA = first.capacity() / n;
          int lengthB = second.capacity() / n;
          return () -> {
            for (int i = 0; i < n; i++) {
              whole.put(i * (lengthA + lengthB), first, i * lengthA, lengthA);
              whole.put(i * (lengthA + lengthB) + lengthA, second, i * lengthB, lengthB);
            }
          };
        });
  }

  @Override
  public void split(Program program, Tensor dout, Tensor da, Tensor db) {
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer whole = dout.floats();
          FloatBuffer first = da.floats();
          FloatBuffer second = db.floats();
          int n = dout.size(0);
          int lengthA = first.capacity() / n;
          int lengthB = second.capacity() / n;
          return () -> {
            for (int i = 0; i < n; i++) {
              first.put(i * lengthA, whole, i * (lengthA + lengthB), lengthA);
              second.put(i * lengthB, whole, i * (lengthA + lengthB) + lengthA, lengthB);
            }
          };
        });
  }

  @Override
  public void upsample(Program program, Tensor x, Tensor out) {
    int w = x.size(3);
    reserve(2 * w);
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          Threads.Task task =
              (thread, first, end) -> {
                Stage stage = stages[thread];
                for (int row = first; row < end; row++) {
                  from.get(row * w, stage.x, 0, w);
                  for (int i = 0; i < w; i++) {
                    stage.y[2 * i] = stage.x[i];
                    stage.y[2 * i + 1] = stage.x[i];
                  }
                  to.put(4 * row * w, stage.y, 0, 2 * w);
                  to.put(4 * row * w + 2 * w, stage.y, 0, 2 * w);
                }
              };
          return () -> threads.split(from.capacity() / w, task);
        });
  }

  @Override
  public void upsampleBackward(Program program, Tensor dout, Tensor dx) {
    int w = dx.size(3);
    reserve(4 * w);
    program.emit(
        Kind.ELEMENTWISE,
        () -> {
          FloatBuffer from = dout.floats();
          FloatBuffer to = dx.floats();
          Threads.Task task =
              (thread, first, end) -> {
                Stage stage = stages[thread];
                for (int row = first; row < end; row++) {
                  from.get(4 * row * w, stage.x, 0, 4 * w);
                  for (int i = 0; i < w; i++) {
                    stage.y[i] =
                        (stage.x[2 * i] + stage.x[2 * i + 1])
                            + (stage.x[2 * w + 2 * i] + stage.x[2 * w + 2 * i + 1]);
                  }
                  to.put(row * w, stage.y, 0, w);
                }
              };
          return () -> threads.split(to.capacity() / w, task);
        });
  }

  // ---- softmax

  @Override
  public void softmax(Program program, Tensor x, double scale, Tensor out) {
    int width = x.size(x.shape().length - 1);
    reserve(width);
    program.emit(
        Kind.ATTENTION,
        () -> {
          FloatBuffer from = x.floats();
          FloatBuffer to = out.floats();
          Threads.Task task =
              (thread, first, end) -> {
                float[] row = stages[thread].x;
                for (int r = first; r < end; r++) {
                  from.get(r * width, row, 0, width);
                  softmaxRow(row, width, (float) scale);
                  to.put(r * width, row, 0, width);
                }
              };
          return () -> threads.split(from.capacity() / width, task);
        });
  }

  private static void softmaxRow(float[] x, int length, float scale) {
    FloatVector largest = broadcast(Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i + LANES <= length; i += LANES) {
      largest = largest.max(FloatVector.fromArray(FLOATS, x, i));
    }
    VectorMask<Float> rest = FLOATS.indexInRange(i, length);
    if (i < length) {
      largest = largest.blend(largest.max(FloatVector.fromArray(FLOATS, x, i, rest)), rest);
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    FloatVector total = FloatVector.zero(FLOATS);
    for (i = 0; i + LANES <= length; i += LANES) {
      FloatVector p = VectorMath.exp(FloatVector.fromArray(FLOATS, x, i).sub(max).mul(scale));
      p.intoArray(x, i);
      total = total.add(p);
    }
    if (i < length) {
      FloatVector p = VectorMath.exp(FloatVector.fromArray(FLOATS, x, i, rest).sub(max).mul(scale));
      p.intoArray(x, i, rest);
      total = total.add(p, rest);
    }
    float inverse = 1f / total.reduceLanes(VectorOperators.ADD);
    for (i = 0; i < length; i++) {
      x[i] *= inverse;
    }
  }

  @Override
  public void softmaxBackward(Program program, Tensor p, Tensor dp, double scale, Tensor dx) {
    int width = p.size(p.shape().length - 1);
    reserve(width);
    program.emit(
        Kind.ATTENTION,
        () -> {
          FloatBuffer probabilities = p.floats();
          FloatBuffer gradient = dp.floats();
          FloatBuffer to = dx.floats();
          Threads.Task task =
              (thread, first, end) -> {
                Stage stage = stages[thread];
                for (int r = first; r < end; r++) {
                  probabilities.get(r * width, stage.x, 0, width);
                  gradient.get(r * width, stage.y, 0, width);
                  softmaxRowBackward(stage.x, stage.y, width, (float) scale);
                  to.put(r * width, stage.y, 0, width);
                }
              };
          return () -> threads.split(probabilities.capacity() / width, task);
        });
  }

  private static void softmaxRowBackward(float[] p, float[] dp, int length, float scale) {
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i + LANES <= length; i += LANES) {
      total = FloatVector.fromArray(FLOATS, p, i).fma(FloatVector.fromArray(FLOATS, dp, i), total);
    }
    float tail = 0;
    for (; i < length; i++) {
      tail += p[i] * dp[i];
    }
    float sum = total.reduceLanes(VectorOperators.ADD) + tail;
    for (i = 0; i < length; i++) {
      dp[i] = (dp[i] - sum) * p[i] * scale;
    }
  }

  // ---- biases of dense layers: small, [N, K]

  @Override
  public void addBias(Program program, Tensor bias, Tensor rows) {
    int width = rows.size(1);
    reserve(width);
    program.emit(
        Kind.DENSE,
        () -> {
          FloatBuffer from = bias.floats();
          FloatBuffer to = rows.floats();
          Stage stage = stages[0];
          return () -> {
            from.get(0, stage.x, 0, width);
            for (int r = 0; r < rows.size(0); r++) {
              to.get(r * width, stage.y, 0, width);
              add(stage.x, stage.y, width);
              to.put(r * width, stage.y, 0, width);
            }
          };
        });
  }

  @Override
  public void biasBackward(Program program, Tensor rows, Tensor dbias) {
    int width = rows.size(1);
    reserve(width);
    program.emit(
        Kind.DENSE,
        () -> {
          FloatBuffer from = rows.floats();
          FloatBuffer to = dbias.floats();
          Stage stage = stages[0];
          return () -> {
            java.util.Arrays.fill(stage.y, 0, width, 0f);
            for (int r = 0; r < rows.size(0); r++) {
              from.get(r * width, stage.x, 0, width);
              add(stage.x, stage.y, width);
            }
            to.put(0, stage.y, 0, width);
          };
        });
  }
}
