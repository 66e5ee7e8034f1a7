package io.sparkddpm.solver;

import io.sparkddpm.tensor.Batch;

/** Watches the reverse process. */
@FunctionalInterface
public interface StepListener {
  /** Ignores all steps. */
  StepListener NONE = (step, level, xt, predictedX0) -> {};

  /**
   * Called once in each step, after the prediction and before x_t is replaced.
   *
   * @param step from 0, the noisiest
   * @param level of the items
   * @param xt the noisy items; to be read only, good during the call
   * @param predictedX0 the clean items seen in them; to be read only, good during the call
   */
  void onStep(int step, double level, Batch xt, Batch predictedX0);
}
