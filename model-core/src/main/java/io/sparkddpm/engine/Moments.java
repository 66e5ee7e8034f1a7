package io.sparkddpm.engine;

/** What becomes of Adam's moments where the workers' parameters are averaged. */
public enum Moments {
  /** They are averaged as the parameters are: 12 bytes a parameter travel instead of 4. */
  AVERAGED,
  /**
   * Each round begins with moments of zero, and with Adam's bias correction anew; the learning rate
   * counts all steps of the run.
   */
  RESET,
  /**
   * Each worker keeps its own from round to round, where it ran, as DiLoCo does (Douillard et al.
   * 2023, alg. 1); only parameters travel. At first, and after rounds that average gradients, all
   * workers have those of the run.
   */
  LOCAL;

  /** How many vectors of a worker's state, as long as the parameters, are averaged. */
  public int averagedVectors() {
    return this == AVERAGED ? StateVector.values().length : 1;
  }
}
