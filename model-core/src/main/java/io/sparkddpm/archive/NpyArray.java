package io.sparkddpm.archive;

import static io.sparkddpm.error.Checks.checkArgument;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * One of numpy's arrays, in row-major order.
 *
 * @param type of the elements
 * @param shape numpy's; empty for a scalar
 * @param data the elements, little-endian
 */
public record NpyArray(Type type, int[] shape, byte[] data) {
  /** Element types that are read and written. */
  public enum Type {
    UINT8("|u1", 1),
    INT8("|i1", 1),
    INT16("<i2", 2),
    UINT16("<u2", 2),
    INT32("<i4", 4),
    UINT32("<u4", 4),
    INT64("<i8", 8),
    FLOAT32("<f4", 4),
    FLOAT64("<f8", 8);

    private final String descriptor;
    private final int bytes;

    Type(String descriptor, int bytes) {
      this.descriptor = descriptor;
      this.bytes = bytes;
    }

    /** numpy's own name, such as {@code <f4}. */
    public String descriptor() {
      return descriptor;
    }

    /** Size of an element. */
    public int bytes() {
      return bytes;
    }
  }

  public NpyArray {
    checkArgument(
        data.length == length(shape) * type.bytes(),
        "%s of shape %s does not fit %s bytes",
        type.name().toLowerCase(Locale.ROOT),
        Arrays.toString(shape),
        data.length);
  }

  /** An array of floats. */
  public static NpyArray of(float[] values, int... shape) {
    byte[] bytes = new byte[Math.multiplyExact(4, values.length)];
    littleEndian(bytes).asFloatBuffer().put(values);
    return new NpyArray(Type.FLOAT32, shape, bytes);
  }

  /** An array of doubles. */
  public static NpyArray of(double[] values, int... shape) {
    byte[] bytes = new byte[Math.multiplyExact(8, values.length)];
    littleEndian(bytes).asDoubleBuffer().put(values);
    return new NpyArray(Type.FLOAT64, shape, bytes);
  }

  /** An array of unsigned bytes. */
  public static NpyArray of(byte[] values, int... shape) {
    return new NpyArray(Type.UINT8, shape, values);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static long length(int[] shape) {
    return Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
  }

  /** Number of elements. */
  public int length() {
    return data.length / type.bytes();
  }

  /** The elements as doubles, whatever their type. */
  public double[] toDoubles() {
    ByteBuffer buffer = littleEndian(data);
    double[] out = new double[length()];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (type) {
            case UINT8 -> data[i] & 0xFF;
            case INT8 -> data[i];
            case INT16 -> buffer.getShort(2 * i);
            case UINT16 -> buffer.getShort(2 * i) & 0xFFFF;
            case INT32 -> buffer.getInt(4 * i);
            case UINT32 -> buffer.getInt(4 * i) & 0xFFFFFFFFL;
            case INT64 -> buffer.getLong(8 * i);
            case FLOAT32 -> buffer.getFloat(4 * i);
            case FLOAT64 -> buffer.getDouble(8 * i);
          };
    }
    return out;
  }

  /** The elements as floats, rounded where need be. */
  public float[] toFloats() {
    if (type == Type.FLOAT32) {
      float[] out = new float[length()];
      littleEndian(data).asFloatBuffer().get(out);
      return out;
    }
    double[] doubles = toDoubles();
    float[] out = new float[doubles.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) doubles[i];
    }
    return out;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof NpyArray other
        && type == other.type
        && Arrays.equals(shape, other.shape)
        && Arrays.equals(data, other.data);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return "NpyArray[" + type.descriptor() + ", " + Arrays.toString(shape) + "]";
  }
}
