package io.sparkddpm.diffusion;

/** σ² = β̃, the lower bound of the best variance; Ho et al. 2020, sec. 3.2. */
final class PosteriorVariance implements Variance {
  @Override
  public double logVariance(Transition step) {
    return StrictMath.log(step.posteriorVariance());
  }
}
