package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import java.util.Optional;

/**
 * L_vb + λ·E[−ln p(x_0 | x_t)] of tokens; Austin et al. 2021, eq. 5. L_vb, a sum over T timesteps,
 * is estimated by T times the term of the t that was drawn; both are in bits for a token.
 */
@Variant(
    value = "tokens",
    description =
        "the bound of tokens plus a little of the cross-entropy of x0, for diffusion.noise uniform"
            + " and absorbing (Austin et al. 2021)")
public record TokenObjective(
    @Key(value = "factor on the cross-entropy of x0, a mean over timesteps", range = "[0, inf)")
        double lambda)
    implements ObjectiveConfig {
  /** The paper's for text. */
  public static final TokenObjective DEFAULTS = new TokenObjective(0.01);

  private static final long serialVersionUID = 1L;

  /** Checks the range. */
  public TokenObjective {
    checkArgument(
        lambda >= 0 && lambda <= Double.MAX_VALUE, "lambda must not be negative, got %s", lambda);
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return new TokenError(diffusion, lambda);
  }

  @Override
  public boolean isOfTokens() {
    return true;
  }
}
