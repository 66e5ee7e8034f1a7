package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Batch;

/**
 * What the variational bound on −log p(x0) has beside the terms of {@link BoundTerm}: the prior L_T
 * and the weight of an error of ε; Ho et al. 2020, eq. 5. Threads may share it.
 */
public final class VariationalBound {
  private final GaussianDiffusion diffusion;

  /** Of a diffusion process. */
  public VariationalBound(GaussianDiffusion diffusion) {
    this.diffusion = diffusion;
  }

  /**
   * Weight of ‖ε − ε_θ‖² in L_{t−1} (nats): β²/(2σ²α(1−ᾱ)); Ho et al. 2020, eq. 12. At t=0, which
   * has a decoder instead, σ² is the decoder's variance.
   */
  public double epsilonWeight(int t) {
    double beta = diffusion.schedule().beta(t);
    return beta
        * beta
        / (2
            * diffusion.pVariance(t)
            * diffusion.schedule().alpha(t)
            * diffusion.schedule().oneMinusAlphaCumprod(t));
  }

  /** KL(q(x_T | x_0) ‖ N(0, 1)) of one element, in bits. */
  public double prior(double x0) {
    int last = diffusion.steps() - 1;
    double mean = diffusion.schedule().sqrtAlphaCumprod(last) * x0;
    double variance = diffusion.schedule().oneMinusAlphaCumprod(last);
    return 0.5 * (variance + mean * mean - 1.0 - StrictMath.log(variance)) / BoundTerm.LN2;
  }

  /** {@link #prior(double)} of an item, the mean over its elements. */
  public double prior(Batch x0, int item) {
    double sum = 0;
    for (int i = x0.offset(item); i < x0.offset(item + 1); i++) {
      sum += prior(x0.data()[i]);
    }
    return sum / x0.itemLength();
  }
}
