package io.sparkddpm.tensor;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The shape of one item of a {@link Batch}: [3, 32, 32] for a CIFAR-10 image, [1, 16000] for a
 * second of sound, [3, 2048] for a set of points. Channels come first. Immutable.
 */
public final class Shape implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] dims;
  private final int length;

  private Shape(int[] dims) {
    checkArgument(dims.length >= 1, "a shape needs at least one dimension");
    long product = 1;
    for (int dim : dims) {
      checkArgument(dim >= 1, "every dimension must be at least 1, got %s", Arrays.toString(dims));
      product *= dim;
      checkArgument(product <= Integer.MAX_VALUE, "%s has too many values", Arrays.toString(dims));
    }
    this.dims = dims;
    this.length = (int) product;
  }

  /**
   * The shape of these dimensions.
   *
   * @throws IllegalArgumentException if there is none, one is below 1, or they are too many values
   */
  public static Shape of(int... dims) {
    return new Shape(dims.clone());
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Size of a dimension, from 0. */
  public int dim(int axis) {
    return dims[axis];
  }

  /** All sizes. */
  public int[] dims() {
    return dims.clone();
  }

  /** This shape with another size of one dimension. */
  public Shape withDim(int axis, int size) {
    int[] changed = dims.clone();
    changed[axis] = size;
    return new Shape(changed);
  }

  /** Values of one item: the product of the dimensions. */
  public int length() {
    return length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Such as {@code [3, 32, 32]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
