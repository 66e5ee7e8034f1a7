package io.sparkddpm.objective;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;

/** max(SNR, 1) for x_0: the larger of the losses of x_0 and ε; Salimans and Ho 2022, sec. 4. */
@Variant(
    value = "truncated-snr",
    description = "max(SNR, 1) for x0, the same loss for others (Salimans and Ho 2022)")
public record TruncatedSnrWeighting() implements EpsilonWeighting {
  private static final long serialVersionUID = 1L;

  @Override
  public double epsilonWeight(int t, GaussianDiffusion diffusion) {
    double snr = diffusion.schedule().snr(t);
    return Math.max(snr, 1) / snr;
  }
}
