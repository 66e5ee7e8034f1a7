package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * What a network trains on, whatever the loss. Arrays are shared, not copied.
 *
 * @param x noised items, N of the shape that the network takes
 * @param levels level of noise of each item, a zero-based timestep that need not be whole; length N
 * @param condition of each item
 * @param dropoutKeys a key for each item, from which its dropout masks and other noise within the
 *     network are drawn; length N
 */
public record NetworkInput(Batch x, double[] levels, Condition condition, long[] dropoutKeys) {
  /** Checks the lengths. */
  public NetworkInput {
    int n = x.count();
    checkArgument(
        levels.length == n && condition.count() == n && dropoutKeys.length == n,
        "%s items with %s levels, %s conditions and %s dropout keys",
        n,
        levels.length,
        condition.count(),
        dropoutKeys.length);
  }
}
