package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.ClassEmbedding;
import java.util.Arrays;

/**
 * What layers are given in a pass besides the input: arrays with one entry an item, in the same
 * place for all passes, which layers read while they run.
 */
final class PassInputs {
  private final double[] levels;
  private final long[] dropoutKeys;
  private final int[] labels;
  private boolean drops;
  private ClassEmbedding classes;

  PassInputs(int batch) {
    this.levels = new double[batch];
    this.dropoutKeys = new long[batch];
    this.labels = new int[batch];
    Arrays.fill(labels, Condition.NO_LABEL);
  }

  /** Zero-based timestep of each item. */
  double[] levels() {
    return levels;
  }

  /** Keys of the dropout masks, for a layer that drops: from now on they must be given. */
  long[] takeDropoutKeys() {
    drops = true;
    return dropoutKeys;
  }

  /** Label of each item, or {@link Condition#NO_LABEL}, for the layer of a node with classes. */
  int[] takeLabels(ClassEmbedding node) {
    classes = node;
    return labels;
  }

  /**
   * Takes what layers read of the conditions of the items from {@code first} on.
   *
   * @throws IllegalArgumentException if a label is none that the network knows
   */
  void setCondition(Condition condition, int first) {
    for (int n = 0; n < labels.length && classes != null; n++) {
      int label = condition.label(first + n);
      classes.checkLabel(label);
      labels[n] = label;
    }
  }

  void setLevels(double[] values) {
    checkArgument(
        values.length == levels.length, "need %s timesteps, got %s", levels.length, values.length);
    System.arraycopy(values, 0, levels, 0, levels.length);
  }

  /**
   * @param keys may be null where nothing drops
   */
  void setDropoutKeys(long[] keys) {
    if (drops) {
      checkArgument(
          keys != null && keys.length == dropoutKeys.length,
          "need %s dropout keys, got %s",
          dropoutKeys.length,
          keys == null ? 0 : keys.length);
      System.arraycopy(keys, 0, dropoutKeys, 0, dropoutKeys.length);
    }
  }
}
