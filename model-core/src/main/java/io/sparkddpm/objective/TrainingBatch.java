package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/**
 * What one local step trains on: clean items, the noise added to them, and what the network gets to
 * see. Arrays are shared, not copied.
 *
 * @param seed of the run
 * @param step zero-based
 * @param input x_t, levels, conditions and dropout keys, which the network sees
 * @param x0 clean items, the shape of x_t
 * @param epsilon the standard normal noise in x_t, the shape of x_t
 * @param ids of the items in the dataset, length N; of one that the step's batch has had before, a
 *     key in the place of its id
 * @param weights of the items, by how their levels were drawn: all 1 where each is as likely as the
 *     objective has it; length N
 */
public record TrainingBatch(
    long seed,
    long step,
    NetworkInput input,
    Batch x0,
    Batch epsilon,
    long[] ids,
    float[] weights) {
  /** Checks the shapes. */
  public TrainingBatch {
    Batch xt = input.x();
    checkArgument(
        x0.sameShape(xt) && epsilon.sameShape(xt),
        "x0 and epsilon must have the shape of xt, %s, got %s and %s",
        xt,
        x0,
        epsilon);
    checkArgument(
        ids.length == xt.count() && weights.length == xt.count(),
        "%s items with %s ids and %s weights",
        xt.count(),
        ids.length,
        weights.length);
  }

  /** Number of items N. */
  public int count() {
    return x0.count();
  }

  /**
   * The same noised items, for a network that is to see something else in them.
   *
   * @param clean in the place of x0
   * @param noise in the place of ε; with {@code clean} it gives x_t
   */
  TrainingBatch withTarget(Batch clean, Batch noise) {
    return new TrainingBatch(seed, step, input, clean, noise, ids, weights);
  }

  /** Noised items. */
  public Batch xt() {
    return input.x();
  }

  /** Labels and context of the items. */
  public Condition condition() {
    return input.condition();
  }

  /** Level of noise of an item: a zero-based timestep that need not be whole. */
  public double level(int item) {
    return input.levels()[item];
  }

  /**
   * The timestep of an item, zero-based.
   *
   * @throws IllegalArgumentException if its level is not whole
   */
  public int timestep(int item) {
    double level = level(item);
    int t = (int) level;
    if (t != level) { // not through Checks: its arguments would be allocated at every call
      throw new IllegalArgumentException(
          "item " + item + " has level " + level + ", a whole timestep is needed");
    }
    return t;
  }

  /** An item's own random numbers: the same whatever batch or worker it comes in. */
  public RandomStream stream(Purpose purpose, int item) {
    return RandomStream.of(seed, purpose, step, ids[item]);
  }
}
