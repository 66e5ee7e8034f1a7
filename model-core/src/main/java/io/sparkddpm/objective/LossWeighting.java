package io.sparkddpm.objective;

/**
 * The weight w(t) of an item's mean squared error in the loss. To add one, write a class beside
 * {@link BoundWeighting}. Implementations are immutable.
 */
@FunctionalInterface
public interface LossWeighting {
  /** Always 1: L_simple; Ho et al. 2020, eq. 14. */
  LossWeighting SIMPLE = t -> 1;

  /**
   * The weight.
   *
   * @param t zero-based
   */
  double weight(int t);
}
