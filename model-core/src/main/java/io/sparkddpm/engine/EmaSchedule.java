package io.sparkddpm.engine;

/** How the rate of an average of weights depends on the step. */
public enum EmaSchedule {
  /** The named rate from the first step on, as in Ho et al. 2020. */
  CONSTANT {
    @Override
    public double rateAt(double rate, long step) {
      return rate;
    }
  },
  /**
   * {@code min(rate, (1 + step) / (10 + step))}: forgets the initial weights early, so that an
   * average is of use in a short run too.
   */
  WARMUP {
    @Override
    public double rateAt(double rate, long step) {
      return Math.min(rate, (1.0 + step) / (10.0 + step));
    }
  };

  /**
   * Weight of the old average in the update that follows a step.
   *
   * @param rate the rate of the configuration
   * @param step zero-based
   */
  public abstract double rateAt(double rate, long step);
}
