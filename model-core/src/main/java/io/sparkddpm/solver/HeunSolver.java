package io.sparkddpm.solver;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import java.util.Objects;

/**
 * Heun's method for the probability-flow ODE over σ, with churn or without; Karras et al. 2022
 * (arXiv:2206.00364), alg. 2. Two evaluations a step, one in the step to clean data.
 */
@Variant(
    value = "heun",
    description =
        "Heun's method for the probability-flow ODE over σ: two evaluations a step (Karras et al."
            + " 2022)")
public record HeunSolver(@Key("fresh noise before each step") Churn churn) implements Solver {
  /** Without noise. */
  public static final HeunSolver DEFAULTS = new HeunSolver(Churn.DEFAULTS);

  private static final long serialVersionUID = 1L;

  /** Refuses nulls. */
  public HeunSolver {
    Objects.requireNonNull(churn);
  }

  @Override
  public boolean addsNoise() {
    return churn.amount() > 0;
  }

  @Override
  public int evaluations(int steps) {
    return 2 * steps - 1;
  }

  @Override
  public void solve(Trajectory path) {
    new SigmaSteps(path, churn, true).takeAll();
  }
}
