package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * What layers are given in a pass besides the input: arrays with one entry an item, in the same
 * place for all passes, which layers read while they run.
 */
final class PassInputs {
  private final double[] levels;
  private final long[] dropoutKeys;
  private boolean drops;

  PassInputs(int batch) {
    this.levels = new double[batch];
    this.dropoutKeys = new long[batch];
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
