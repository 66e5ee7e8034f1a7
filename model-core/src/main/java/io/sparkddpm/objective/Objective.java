package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * What training minimises: a loss of each item, and its gradient by the network's output. Written
 * once, on the JVM's arrays, for all engines; knows no network but those that it holds itself.
 *
 * <p>To add one, write a class beside {@link SquaredError}, which is the smallest example, and a
 * record of its options, listed in {@link ObjectiveConfig}. A batch has all that an item may be
 * asked for: x0, x_t, ε, its level, condition, id and random numbers of its own ({@link
 * TrainingBatch#stream}). An objective over more outputs than x0 has values (a mean and a variance,
 * say) says so by {@link #checkOutput}. One that compares with another network (a teacher) holds it
 * and evaluates it in {@link #evaluate} on all items that it is given at once.
 *
 * <p>Items are independent: what is computed for one depends neither on the others nor on how they
 * are grouped. One thread at a time.
 */
public interface Objective {
  /**
   * Refuses a network whose outputs it does not take.
   *
   * @param data shape of an item of the data
   * @param output shape of an item of the network's output
   * @throws IllegalArgumentException naming the shape that it takes
   */
  void checkOutput(Shape data, Shape output);

  /**
   * Refuses outputs of another shape.
   *
   * @throws IllegalArgumentException naming both
   */
  static void requireShape(Shape wanted, Shape output) {
    checkArgument(
        output.equals(wanted),
        "the objective takes outputs of shape %s, the network's have %s",
        wanted,
        output);
  }

  /** Whether losses depend on the examples' timesteps, so that metrics report them by these. */
  default boolean isTimed() {
    return true;
  }

  /** How often the network is evaluated for an item: k, 1 for nearly all objectives. */
  default int evaluations() {
    return 1;
  }

  /**
   * What the network is evaluated on: those of item n are the k from k·n on.
   *
   * @return the batch's own input where k is 1; good until the next call
   */
  default NetworkInput input(TrainingBatch batch) {
    return batch.input();
  }

  /**
   * Evaluates the items [first, end) of a batch.
   *
   * @param output the network's output for the whole {@link #input}, of which these items are
   *     there; receives in their place the gradient of the batch's loss, which is the mean over all
   *     its items of weight times loss: so each item's is weight / N times that of its own loss
   * @param losses receives these items' losses
   */
  void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses);
}
