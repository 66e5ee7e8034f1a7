package io.sparkddpm.memory;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Copies between Java's arrays and dense row-major native ones. */
public final class Floats {
  private Floats() {}

  /** Copies {@code from} over {@code to}, which has the same length. */
  public static void copy(float[] from, INDArray to) {
    checkArgument(from.length == to.length(), "%s values do not fit %s", from.length, to.length());
    if (onHost(to)) {
      FloatPointer pointer = new FloatPointer(to.data().pointer());
      pointer.position(to.offset()).put(from, 0, from.length);
    } else if (to.dataType() == DataType.DOUBLE && Nd4j.getEnvironment().isCPU()) {
      double[] wide = new double[from.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = from[i];
      }
      new DoublePointer(to.data().pointer()).position(to.offset()).put(wide, 0, wide.length);
    } else {
      try (INDArray host = Nd4j.createFromArray(from)) {
        to.assign(host.reshape(to.shape()));
      }
    }
  }

  /** Copies {@code from} over {@code to}, which has the same length. */
  public static void copy(INDArray from, float[] to) {
    checkArgument(to.length == from.length(), "%s values do not fit %s", from.length(), to.length);
    if (onHost(from)) {
      FloatPointer pointer = new FloatPointer(from.data().pointer());
      pointer.position(from.offset()).get(to, 0, to.length);
    } else {
      float[] values = from.dup('c').data().asFloat();
      System.arraycopy(values, 0, to, 0, to.length);
    }
  }

  /**
   * Copies {@code from[offset …]}, as many values as remain in {@code to}; {@code from} is flat.
   */
  public static void copy(INDArray from, int offset, FloatBuffer to) {
    int end = offset + to.remaining();
    checkArgument(end <= from.length(), "%s values end before %s", from.length(), end);
    if (onHost(from)) {
      to.put(
          new FloatPointer(from.data().pointer())
              .getPointer(from.offset() + offset)
              .limit(to.remaining())
              .asBuffer());
    } else {
      try (INDArray piece = from.get(NDArrayIndex.interval(offset, end)).dup('c')) {
        to.put(piece.data().asFloat());
      }
    }
  }

  /** Whether the array is float32 in memory that the JVM can read. */
  static boolean onHost(INDArray array) {
    return array.dataType() == DataType.FLOAT && Nd4j.getEnvironment().isCPU();
  }

  /**
   * The memory of a dense float32 array on the CPU, for kernels that run on the JVM.
   *
   * @param array of less than 2 GiB, anywhere in a buffer that may be larger
   * @throws UserException if it is larger
   */
  public static FloatBuffer view(INDArray array) {
    checkArgument(onHost(array), "not float32 in host memory: %s", array.dataType());
    if (array.length() > Integer.MAX_VALUE / Float.BYTES) {
      throw new UserException(
          "activations %s of one layer take more than 2 GiB; fewer images at once do not: see"
              + " optimizer.micro-batch and sample.batch-size",
          Arrays.toString(array.shape()));
    }
    return new FloatPointer(array.data().pointer())
        .getPointer(array.offset()) // buffers count bytes from the address, in 31 bits
        .limit(array.length())
        .asBuffer();
  }
}
