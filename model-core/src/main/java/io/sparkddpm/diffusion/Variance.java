package io.sparkddpm.diffusion;

/**
 * The variance of p_θ(x_s | x_t), for solvers that add noise of their own and for the bound: ln σ²
 * of an element is {@code logVariance + slope·v}, where v is what the network gives for its
 * variance. A fixed one has slope 0 and needs no v. Implementations have no state and are listed in
 * {@link VarianceType}.
 */
public interface Variance {
  /**
   * ln σ² of a step; for a learned one where v is 0.
   *
   * @param step one that ends with noise, so that no variance is 0
   */
  double logVariance(Transition step);

  /**
   * By how much ln σ² grows with v.
   *
   * @param step as for {@link #logVariance}
   */
  default double slope(Transition step) {
    return 0;
  }

  /** Whether the network gives v: as many values more as an item has, after those of the head. */
  default boolean isLearned() {
    return false;
  }
}
