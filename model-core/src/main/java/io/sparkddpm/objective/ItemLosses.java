package io.sparkddpm.objective;

/**
 * What an {@link Objective} found of each item of a batch. An objective with several terms puts
 * their sum here. Mutable; one thread at a time.
 */
public final class ItemLosses {
  private final double[] losses;
  private final float[] errors;

  /** Zeros for a batch of {@code count} items. */
  public ItemLosses(int count) {
    this.losses = new double[count];
    this.errors = new float[count];
  }

  /** Number of items. */
  public int count() {
    return losses.length;
  }

  /**
   * Notes an item.
   *
   * @param item its place in the batch
   * @param loss what is minimised, without the item's weight in the batch
   * @param squaredError mean squared error of the prediction, whatever its weight in the loss: what
   *     metrics report by t
   */
  public void set(int item, double loss, double squaredError) {
    losses[item] = loss;
    errors[item] = (float) squaredError;
  }

  /** Loss of an item, without its weight in the batch. */
  public double loss(int item) {
    return losses[item];
  }

  /** Mean squared error of an item's prediction, unweighted. */
  public float squaredError(int item) {
    return errors[item];
  }

  /** A copy of all losses. */
  public double[] losses() {
    return losses.clone();
  }
}
