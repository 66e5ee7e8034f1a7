package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/** ∇ ln p(y | x_t) of a classifier of noisy items, by x_t. One thread at a time. */
public interface ClassScore {
  /**
   * Finds the gradient for items of known classes.
   *
   * @param x noisy items; not changed
   * @param levels of each item; length N
   * @param labels of each item, all classes of the classifier
   * @param gradient receives it, the shape of {@code x}
   */
  void gradient(Batch x, double[] levels, Condition labels, Batch gradient);
}
