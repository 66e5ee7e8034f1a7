package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;

/**
 * Fresh noise before each step of an ODE solver, which raises the level for the step; Karras et al.
 * 2022 (arXiv:2206.00364), alg. 2. The noise levels σ of these keys are σ/α of the process: 0.01 to
 * 157 for the paper's linear schedule.
 *
 * @param amount S_churn
 * @param from S_min
 * @param to S_max
 * @param noise S_noise
 */
public record Churn(
    @Key(
            value =
                "noise that is added over all steps, S_churn; a step raises σ by at most 41 %; 0:"
                    + " none, the solver is deterministic",
            range = "[0, inf)")
        double amount,
    @Key(value = "least σ at which noise is added, S_min", range = "[0, inf)") double from,
    @Key(value = "largest σ at which noise is added, S_max", range = "[0, inf)") double to,
    @Key(value = "factor on the noise that is added, S_noise", range = "[0, inf)") double noise)
    implements Serializable {
  /** Without noise; the range and the factor are the paper's for ImageNet at 64×64 (tab. 5). */
  public static final Churn DEFAULTS = new Churn(0, 0.05, 50, 1.003);

  private static final double MOST = Math.sqrt(2) - 1;

  /** Checks the ranges. */
  public Churn {
    checkArgument(
        amount >= 0 && amount <= Double.MAX_VALUE, "amount must be at least 0, got %s", amount);
    checkArgument(from >= 0 && from <= to, "need 0 <= from <= to, got %s and %s", from, to);
    checkArgument(
        noise >= 0 && noise <= Double.MAX_VALUE, "noise must be at least 0, got %s", noise);
  }

  /** The noise level at which a step of several evaluates. */
  double raised(double sigma, int steps) {
    return sigma >= from && sigma <= to ? sigma * (1.0 + Math.min(amount / steps, MOST)) : sigma;
  }
}
