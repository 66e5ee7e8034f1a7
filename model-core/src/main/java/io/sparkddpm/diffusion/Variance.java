package io.sparkddpm.diffusion;

/**
 * The variance of p_θ(x_s | x_t), for solvers that add noise of their own. Implementations have no
 * state and are listed in {@link VarianceType}.
 */
public interface Variance {
  /**
   * ln σ² of a step.
   *
   * @param step one that ends with noise, so that no variance is 0
   */
  double logVariance(Transition step);
}
