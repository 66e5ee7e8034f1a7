package io.sparkddpm.points;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/** Points in space whose order does not matter. Immutable: its arrays are not written to. */
public final class PointSet {
  /** Coordinates of a point. */
  public static final int AXES = 3;

  private final double[] coordinates;

  /**
   * A set.
   *
   * @param coordinates x, y and z of the first point, then of the second; not copied
   */
  public PointSet(double[] coordinates) {
    checkArgument(
        coordinates.length > 0 && coordinates.length % AXES == 0,
        "%s coordinates are no points in space",
        coordinates.length);
    this.coordinates = coordinates;
  }

  /** The shape of so many points as items of networks. */
  public static Shape shape(int points) {
    return Shape.of(AXES, 1, points);
  }

  /**
   * An item of a network.
   *
   * @param items of {@link #shape}
   * @throws IllegalArgumentException if they have another shape
   */
  public static PointSet of(Batch items, int index) {
    Shape shape = items.shape();
    int count = shape.length() / AXES;
    checkArgument(
        shape.equals(shape(count)), "points have shape [3, 1, N], but the items have %s", shape);
    double[] coordinates = new double[shape.length()];
    for (int i = 0; i < count; i++) {
      for (int axis = 0; axis < AXES; axis++) {
        coordinates[i * AXES + axis] = items.data()[items.offset(index) + axis * count + i];
      }
    }
    return new PointSet(coordinates);
  }

  /** As the only item of a batch. */
  public Batch toBatch() {
    Batch batch = new Batch(1, shape(count()));
    for (int i = 0; i < count(); i++) {
      for (int axis = 0; axis < AXES; axis++) {
        batch.data()[axis * count() + i] = (float) get(i, axis);
      }
    }
    return batch;
  }

  /** Number of points. */
  public int count() {
    return coordinates.length / AXES;
  }

  /** A coordinate of a point. */
  public double get(int point, int axis) {
    return coordinates[point * AXES + axis];
  }

  double[] coordinates() {
    return coordinates;
  }

  /**
   * So many of its points, each as likely as any other, in their order.
   *
   * @param seed which ones; equal seeds choose equal points
   * @param name of the set, for the message
   * @throws BadRecordException if it has fewer
   */
  public PointSet chosen(int points, long seed, String name) {
    if (points > count()) {
      throw new BadRecordException("%s has %d points, fewer than %d", name, count(), points);
    }
    RandomStream stream = RandomStream.of(seed, Purpose.POINTS);
    double[] kept = new double[points * AXES];
    int taken = 0;
    for (int i = 0; i < count(); i++) { // Knuth 1997, alg. 3.4.2 S
      if (stream.nextDouble() * (count() - i) < points - taken) {
        System.arraycopy(coordinates, i * AXES, kept, taken * AXES, AXES);
        taken++;
      }
    }
    return new PointSet(kept);
  }

  /**
   * Centred and scaled.
   *
   * @param name of the set, for the message
   * @throws BadRecordException if all points are the same
   */
  public PointSet scaled(PointScale scale, String name) {
    if (scale == PointScale.NONE) {
      return this;
    }
    double[] mean = new double[AXES];
    for (int i = 0; i < coordinates.length; i++) {
      mean[i % AXES] += coordinates[i] / count();
    }
    double[] moved = new double[coordinates.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = coordinates[i] - mean[i % AXES];
    }
    double size = scale.size(new PointSet(moved));
    if (!(size > 0 && size <= Double.MAX_VALUE)) {
      throw new BadRecordException("%s cannot be scaled: its points have a size of %s", name, size);
    }
    for (int i = 0; i < moved.length; i++) {
      moved[i] /= size;
    }
    return new PointSet(moved);
  }
}
