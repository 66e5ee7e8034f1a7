package io.sparkddpm.solver;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import java.util.Objects;

/**
 * Euler's method for the probability-flow ODE over σ; Karras et al. 2022 (arXiv:2206.00364), alg. 2
 * without its correction. One evaluation a step. Without churn it is DDIM without noise.
 */
@Variant(
    value = "euler",
    description =
        "Euler's method for the probability-flow ODE over σ (Karras et al. 2022); without churn it"
            + " is ddim")
public record EulerSolver(@Key("fresh noise before each step") Churn churn) implements Solver {
  /** Without noise. */
  public static final EulerSolver DEFAULTS = new EulerSolver(Churn.DEFAULTS);

  private static final long serialVersionUID = 1L;

  /** Refuses nulls. */
  public EulerSolver {
    Objects.requireNonNull(churn);
  }

  @Override
  public boolean addsNoise() {
    return churn.amount() > 0;
  }

  @Override
  public void solve(Trajectory path) {
    new SigmaSteps(path, churn, false).takeAll();
  }
}
