package io.sparkddpm.objective;

/**
 * What an {@link Objective} found of each item of a batch. An objective with several terms puts
 * their sum here. Mutable; one thread at a time.
 */
public final class ItemLosses {
  private final double[] losses;
  private final float[] errors;
  private final float[] meanErrors;

  /** Zeros for a batch of {@code count} items. */
  public ItemLosses(int count) {
    this.losses = new double[count];
    this.errors = new float[count];
    this.meanErrors = new float[count];
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
   * @param meanError error of ε in the item's mean, see {@link MeanErrors}
   */
  public void set(int item, double loss, double squaredError, double meanError) {
    losses[item] = loss;
    errors[item] = (float) squaredError;
    meanErrors[item] = (float) meanError;
  }

  /** Loss of an item, without its weight in the batch. */
  public double loss(int item) {
    return losses[item];
  }

  /** Mean squared error of an item's prediction, unweighted. */
  public float squaredError(int item) {
    return errors[item];
  }

  /** Error of ε in an item's mean. */
  public float meanError(int item) {
    return meanErrors[item];
  }

  /** A copy of all losses. */
  public double[] losses() {
    return losses.clone();
  }
}
