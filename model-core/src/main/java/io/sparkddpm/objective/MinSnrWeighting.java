package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;

/** min(SNR, γ) for x_0, min(SNR, γ)/SNR for ε; Hang et al. 2023. */
@Variant(
    value = "min-snr",
    description = "min(SNR, gamma) for x0, the same loss for others (Hang et al. 2023)")
public record MinSnrWeighting(
    @Key(value = "the signal-to-noise ratio above which weights grow no more", range = "(0, inf)")
        double gamma)
    implements EpsilonWeighting {
  /** The paper's. */
  public static final MinSnrWeighting DEFAULTS = new MinSnrWeighting(5);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public MinSnrWeighting {
    checkArgument(
        gamma > 0 && gamma <= Double.MAX_VALUE, "gamma must be greater than 0, got %s", gamma);
  }

  @Override
  public double epsilonWeight(int t, GaussianDiffusion diffusion) {
    double snr = diffusion.schedule().snr(t);
    return Math.min(snr, gamma) / snr;
  }
}
