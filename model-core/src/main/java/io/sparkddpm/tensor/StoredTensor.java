package io.sparkddpm.tensor;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor as a file of another program stores it: of any element type, as a view with strides and
 * an offset into a storage that it may share with others. Its elements are read on request.
 * Immutable.
 */
public final class StoredTensor {
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private final ElementType type;
  private final List<Long> shape;
  private final List<Long> strides;
  private final long offset;
  private final Storage storage;

  /** Elements in a row, in a file. */
  public interface Storage {
    /** Number of bytes. */
    long bytes();

    /**
     * Reads bytes, little-endian.
     *
     * @param from first byte
     * @throws UserException if they are damaged
     */
    ByteBuffer read(long from, int count) throws IOException;
  }

  private StoredTensor(
      ElementType type, List<Long> shape, List<Long> strides, long offset, Storage storage) {
    this.type = type;
    this.shape = List.copyOf(shape);
    this.strides = List.copyOf(strides);
    this.offset = offset;
    this.storage = storage;
  }

  /**
   * A view.
   *
   * @param shape lengths of its dimensions, row-major
   * @param strides elements from one index of a dimension to the next; as many
   * @param offset of its first element in the storage, in elements
   * @param name of what holds it, for messages
   * @throws UserException if it does not lie in the storage
   */
  public static StoredTensor view(
      ElementType type,
      List<Long> shape,
      List<Long> strides,
      long offset,
      Storage storage,
      String name) {
    boolean fits =
        shape.size() == strides.size()
            && offset >= 0
            && shape.stream().allMatch(n -> n >= 0)
            && strides.stream().allMatch(n -> n >= 0);
    if (!fits) {
      throw new UserException(
          "%s holds a tensor of shape %s with strides %s at %s", name, shape, strides, offset);
    }
    StoredTensor tensor = new StoredTensor(type, shape, strides, offset, storage);
    try {
      fits = tensor.end() <= storage.bytes() / type.bytes();
      tensor.length();
    } catch (ArithmeticException e) {
      fits = false;
    }
    if (!fits) {
      throw new UserException(
          "%s holds a tensor of shape %s that does not lie in its storage", name, shape);
    }
    return tensor;
  }

  /**
   * A whole storage in row-major order.
   *
   * @param name of what holds it, for messages
   * @throws UserException if the storage is shorter
   */
  public static StoredTensor of(ElementType type, List<Long> shape, Storage storage, String name) {
    Long[] strides = new Long[shape.size()];
    long stride = shape.contains(0L) ? 0 : 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, shape.get(i));
    }
    return view(type, shape, List.of(strides), 0, storage, name);
  }

  /** Type of its elements. */
  public ElementType type() {
    return type;
  }

  /** Lengths of its dimensions; empty for a single number. */
  public List<Long> shape() {
    return shape;
  }

  /** Number of elements. */
  public long length() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** End of what it covers of the storage, in elements. */
  private long end() {
    if (length() == 0) {
      return 0;
    }
    long last = offset;
    for (int i = 0; i < shape.size(); i++) {
      last = Math.addExact(last, Math.multiplyExact(shape.get(i) - 1, strides.get(i)));
    }
    return Math.addExact(last, 1);
  }

  /**
   * Its elements, row-major.
   *
   * @throws UserException if they are too many for an array, or damaged
   */
  public double[] toDoubles() throws IOException {
    double[] values = new double[checkedLength()];
    if (values.length == 0) {
      return values;
    }
    long bytes = (end() - offset) * type.bytes();
    if (bytes > MAX_BYTES) {
      throw new UserException("a tensor of shape %s is too large", shape);
    }
    ByteBuffer stored = storage.read(offset * type.bytes(), (int) bytes);
    long[] index = new long[shape.size()];
    long at = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = type.get(stored, (int) (at * type.bytes()));
      for (int d = index.length - 1; d >= 0; d--) {
        at += strides.get(d);
        if (++index[d] < shape.get(d)) {
          break;
        }
        at -= strides.get(d) * index[d];
        index[d] = 0;
      }
    }
    return values;
  }

  private int checkedLength() {
    if (length() > MAX_BYTES) {
      throw new UserException("a tensor of shape %s is too large", shape);
    }
    return (int) length();
  }

  /** As {@link #toDoubles}, rounded where need be. */
  public float[] toFloats() throws IOException {
    double[] values = toDoubles();
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
