package io.sparkddpm.solver;

import io.sparkddpm.tensor.Batch;

/** Watches the reverse process. */
@FunctionalInterface
public interface StepListener {
  /** Looks away. */
  StepListener NONE = (step, timestep, xt, predictedX0) -> {};

  /**
   * Called once in each step, after the prediction and before x_t is replaced.
   *
   * @param step steps still to come after this one
   * @param timestep zero-based t
   * @param xt the noisy images that the network saw; to be read only, good during the call
   * @param predictedX0 the clean images that it sees in them; to be read only, good during the call
   */
  void onStep(int step, int timestep, Batch xt, Batch predictedX0);
}
