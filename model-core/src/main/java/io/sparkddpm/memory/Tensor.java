package io.sparkddpm.memory;

import static io.sparkddpm.error.Checks.checkState;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A dense row-major tensor at a fixed place of a larger native buffer. While a network is being
 * laid out it is only a shape with a count of those who still need it; {@link #place} gives it
 * memory.
 */
public final class Tensor {
  private final long[] shape;
  private final long length;
  private final MemoryPlan plan;
  private long offset;
  private int references = 1;
  private DataBuffer root;
  private INDArray array;
  private FloatBuffer floats;

  private Tensor(MemoryPlan plan, long offset, long[] shape) {
    this.plan = plan;
    this.offset = offset;
    this.shape = shape;
    this.length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** A tensor whose memory the plan gives and takes back. */
  static Tensor planned(MemoryPlan plan, long offset, long... shape) {
    return new Tensor(plan, offset, shape.clone());
  }

  /** A tensor over memory that somebody else owns: a parameter or its gradient. */
  public static Tensor over(DataBuffer root, long offset, long... shape) {
    Tensor tensor = new Tensor(null, offset, shape.clone());
    tensor.place(root);
    return tensor;
  }

  /** A copy of its dimensions. */
  public long[] shape() {
    return shape.clone();
  }

  /** Size of dimension {@code axis}. */
  public int size(int axis) {
    return Math.toIntExact(shape[axis]);
  }

  /** Number of values. */
  public long length() {
    return length;
  }

  long offset() {
    return offset;
  }

  /** One more user: the memory is given back after as many {@link #release} calls plus one. */
  public Tensor retain() {
    checkState(references > 0, "tensor %s was given back", this);
    references++;
    return this;
  }

  /** One user less; the last gives the memory back to the plan. */
  public void release() {
    checkState(references > 0, "tensor %s was given back twice", this);
    references--;
    if (references == 0 && plan != null) {
      plan.giveBack(this);
    }
  }

  void place(DataBuffer buffer) {
    root = buffer;
    array = viewAs(shape);
    floats = Floats.onHost(array) ? Floats.view(array) : null;
  }

  /** The tensor as ND4J sees it. */
  public INDArray array() {
    checkState(array != null, "tensor %s has no memory yet", this);
    return array;
  }

  /** The same memory under another shape of the same length. */
  public INDArray viewAs(long... other) {
    checkState(root != null, "tensor %s has no memory yet", this);
    long[] strides = new long[other.length];
    long stride = 1;
    for (int i = other.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= other[i];
    }
    checkState(stride == length, "tensor %s cannot be viewed as %s", this, Arrays.toString(other));
    return Nd4j.create(root, other, strides, offset, 'c');
  }

  /** The values in host memory, for kernels that run on the JVM; float32 only. */
  public FloatBuffer floats() {
    checkState(floats != null, "tensor %s is not float32 in host memory", this);
    return floats;
  }

  /** Takes its values from {@code from}, beginning at {@code at}. */
  public void set(float[] from, int at) {
    if (floats != null) {
      floats.put(0, from, at, floats.capacity());
    } else {
      Floats.copy(Arrays.copyOfRange(from, at, at + Math.toIntExact(length)), array());
    }
  }

  /** Copies its values to {@code to}, beginning at {@code at}. */
  public void get(float[] to, int at) {
    if (floats != null) {
      floats.get(0, to, at, floats.capacity());
    } else {
      float[] values = new float[Math.toIntExact(length)];
      Floats.copy(array(), values);
      System.arraycopy(values, 0, to, at, values.length);
    }
  }

  /** Address of element {@code index} in host memory; float32 only. */
  public FloatPointer pointer(long index) {
    checkState(floats != null, "tensor %s is not float32 in host memory", this);
    return new FloatPointer(root.pointer()).position(offset + index);
  }

  @Override
  public String toString() {
    return Arrays.toString(shape);
  }
}
