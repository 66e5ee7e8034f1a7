package io.sparkddpm.diffusion;

/**
 * ln σ² between ln β̃ at v = −1 and ln β at v = 1, both of the step that is taken; Nichol and
 * Dhariwal 2021, eq. 15. v is not clipped.
 */
final class LearnedRangeVariance implements Variance {
  @Override
  public double logVariance(Transition step) {
    return 0.5 * (StrictMath.log(step.beta()) + StrictMath.log(step.posteriorVariance()));
  }

  @Override
  public double slope(Transition step) {
    return 0.5 * (StrictMath.log(step.beta()) - StrictMath.log(step.posteriorVariance()));
  }

  @Override
  public boolean isLearned() {
    return true;
  }
}
