package io.sparkddpm.torch;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.NamedTensor;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A float32 vector on the device, zero at first and padded with zeros to whole rows. */
final class FlatVector implements AutoCloseable {
  /** Floats summed in float32 before the rest is summed in double. */
  private static final int ROW = 4096;

  private final LibTorch library;
  private final int length;
  private final int rows;
  private final Tensor data;

  FlatVector(LibTorch library, int length) {
    this.library = library;
    this.length = length;
    this.rows = (length + ROW - 1) / ROW;
    try (PointerScope scope = new PointerScope()) {
      data = library.zeros((long) rows * ROW).retainReference();
    }
  }

  /** All of it, the padding included. */
  Tensor data() {
    return data;
  }

  /** The elements of a named tensor, in its shape, for as long as the caller keeps it. */
  Tensor part(NamedTensor tensor) {
    long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
    return data.narrow(0, tensor.offset(), tensor.length()).view(shape).detach();
  }

  /** As {@link #part}, but not freed with the scope that is open. */
  Tensor view(NamedTensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      return part(tensor).retainReference();
    }
  }

  void write(float[] from) {
    try (PointerScope scope = new PointerScope()) {
      library.write(from, data, length);
    }
  }

  void read(float[] to) {
    try (PointerScope scope = new PointerScope()) {
      library.read(data, to, 0, length);
    }
  }

  /** Copies {@code [offset …]}, as many values as remain in {@code to}. */
  void read(int offset, FloatBuffer to) {
    int end = offset + to.remaining();
    checkArgument(end <= length, "%s values end before %s", length, end);
    try (PointerScope scope = new PointerScope()) {
      library.read(data.narrow(0, offset, to.remaining()), to);
    }
  }

  void zero() {
    try (PointerScope scope = new PointerScope()) {
      data.zero_();
    }
  }

  /** √Σx²: rows in float32, their sum in double. */
  double norm() {
    float[] norms = new float[rows];
    try (PointerScope scope = new PointerScope()) {
      Tensor byRow =
          torch.linalg_vector_norm(
              data.view(rows, ROW), new Scalar(2), new long[] {1}, false, new ScalarTypeOptional());
      library.read(byRow, norms, 0, rows);
    }
    double sum = 0;
    for (float norm : norms) {
      sum += (double) norm * norm;
    }
    return Math.sqrt(sum);
  }

  @Override
  public void close() {
    data.close();
  }
}
