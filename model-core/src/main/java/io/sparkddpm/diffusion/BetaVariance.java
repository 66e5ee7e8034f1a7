package io.sparkddpm.diffusion;

/** σ² = β, the upper bound of the best variance; Ho et al. 2020, sec. 3.2. */
final class BetaVariance implements Variance {
  @Override
  public double logVariance(Transition step) {
    return StrictMath.log(step.beta());
  }
}
