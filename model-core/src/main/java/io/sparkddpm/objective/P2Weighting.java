package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.GaussianDiffusion;

/** 1/(k + SNR)^γ for ε: less for timesteps with little noise; Choi et al. 2022, eq. 8. */
@Variant(
    value = "p2",
    description = "1/(k + SNR)^gamma for ε, the same loss for others (Choi et al. 2022)")
public record P2Weighting(
    @Key(value = "keeps weights finite where there is little signal", range = "(0, inf)") double k,
    @Key(value = "how much less little noise weighs; 0: all alike", range = "[0, inf)")
        double gamma)
    implements EpsilonWeighting {
  /** The paper's. */
  public static final P2Weighting DEFAULTS = new P2Weighting(1, 1);

  private static final long serialVersionUID = 1L;

  /** Checks the ranges. */
  public P2Weighting {
    checkArgument(k > 0 && k <= Double.MAX_VALUE, "k must be greater than 0, got %s", k);
    checkArgument(
        gamma >= 0 && gamma <= Double.MAX_VALUE, "gamma must be at least 0, got %s", gamma);
  }

  @Override
  public double epsilonWeight(int t, GaussianDiffusion diffusion) {
    return StrictMath.pow(k + diffusion.schedule().snr(t), -gamma);
  }
}
