package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;

/** An outer optimiser with its momentum, for all parameters of a run. One thread at a time. */
public final class OuterStep {
  private final OuterOptimizer optimizer;
  private final float[] momentum;

  /**
   * @param momentum as of some round, 0 at first; kept and changed, not copied
   */
  public OuterStep(OuterOptimizer optimizer, float[] momentum) {
    this.optimizer = Objects.requireNonNull(optimizer);
    this.momentum = Objects.requireNonNull(momentum);
  }

  public OuterOptimizer optimizer() {
    return optimizer;
  }

  /** Flat; changed by {@link #apply}. */
  public float[] momentum() {
    return momentum;
  }

  /**
   * Takes the step of a round, on all processors.
   *
   * @param start the parameters at its beginning, flat; not changed
   * @param values the mean of the workers' parameters; receives the parameters after the step
   */
  public void apply(float[] start, float[] values) {
    checkArgument(
        start.length == momentum.length && values.length == momentum.length,
        "the momentum is of %s parameters, got %s and %s",
        momentum.length,
        start.length,
        values.length);
    VectorPieces.forEach(
        values.length, (from, n) -> optimizer.step(start, from, values, momentum, from, n));
  }
}
