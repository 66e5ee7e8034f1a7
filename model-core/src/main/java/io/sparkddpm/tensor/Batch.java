package io.sparkddpm.tensor;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * N items of one shape as plain floats, item after item, each row-major: [N, C, H, W] for images,
 * whose values are in [-1, 1] unless a method says otherwise (noised ones leave that range).
 * Mutable, owned by one thread at a time.
 */
public final class Batch {
  private final float[] data;
  private final int count;
  private final Shape shape;

  /** A batch of zeros. */
  public Batch(int count, Shape shape) {
    this(new float[Math.multiplyExact(count, shape.length())], count, shape);
  }

  /**
   * Wraps {@code data}, without copying it.
   *
   * @throws IllegalArgumentException if its length is not count times that of an item
   */
  public Batch(float[] data, int count, Shape shape) {
    checkArgument(
        count >= 0 && data.length == (long) count * shape.length(),
        "a batch of %s items of shape %s does not fit %s values",
        count,
        shape,
        data.length);
    this.data = data;
    this.count = count;
    this.shape = shape;
  }

  /** A batch of zeros, of images. */
  public Batch(int count, int channels, int height, int width) {
    this(count, Shape.of(channels, height, width));
  }

  /** Wraps the values of images, without copying them. */
  public Batch(float[] data, int count, int channels, int height, int width) {
    this(data, count, Shape.of(channels, height, width));
  }

  /** Zeros of the same count and shape. */
  public Batch like() {
    return new Batch(count, shape);
  }

  /** The values themselves; writing to them changes the batch. */
  public float[] data() {
    return data;
  }

  /** Number of items N. */
  public int count() {
    return count;
  }

  /** The shape of one item. */
  public Shape shape() {
    return shape;
  }

  /** Of an item, whatever its rank. */
  public int channels() {
    return shape.dim(0);
  }

  /** Of an image. */
  public int height() {
    return image().dim(1);
  }

  /** Of an image. */
  public int width() {
    return image().dim(2);
  }

  private Shape image() {
    checkArgument(shape.rank() == 3, "images have shape [C, H, W], got %s", shape);
    return shape;
  }

  /** Values of one item. */
  public int itemLength() {
    return shape.length();
  }

  /** Where item {@code index} begins in {@link #data()}. */
  public int offset(int index) {
    return index * shape.length();
  }

  /** Whether both batches have the same count and shape. */
  public boolean sameShape(Batch other) {
    return count == other.count && shape.equals(other.shape);
  }

  /**
   * Checks the shape of one item.
   *
   * @param name of the batch, for the message
   * @throws IllegalArgumentException if it is another
   */
  public void checkShape(String name, Shape expected) {
    checkArgument(
        shape.equals(expected), "%s must have shape %s, got %s", name, withCount(expected), this);
  }

  private static String withCount(Shape shape) {
    return "[N, "
        + Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining(", "))
        + "]";
  }

  /** Such as {@code [16, 3, 32, 32]}. */
  @Override
  public String toString() {
    return withCount(shape).replace("N", String.valueOf(count));
  }
}
