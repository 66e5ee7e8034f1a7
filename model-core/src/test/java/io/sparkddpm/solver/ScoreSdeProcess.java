package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;

/**
 * The variance-preserving process in continuous time, β(t) = 0.1 + 19.9 t, with the variances that
 * the official code gives one of its N steps wherever it begins; Song et al. 2021.
 *
 * @param steps N
 * @param continuous whether a step's variance is β(t)/N, otherwise it is the N-step table's
 */
record ScoreSdeProcess(int steps, boolean continuous) implements NoiseProcess {
  @Override
  public double last() {
    return 1;
  }

  private static double logSignal(double t) {
    return -9.95 * t * t - 0.1 * t;
  }

  @Override
  public double alpha(double level) {
    return Math.exp(0.5 * logSignal(level));
  }

  @Override
  public double sigma(double level) {
    return Math.sqrt(-Math.expm1(logSignal(level)));
  }

  @Override
  public double logSnr(double level) {
    return -Math.log(Math.expm1(-logSignal(level)));
  }

  @Override
  public double level(double logSnr) {
    double w = Math.log1p(Math.exp(-logSnr)); // 9.95 t² + 0.1 t
    return (-0.1 + Math.sqrt(0.01 + 4 * 9.95 * w)) / (2 * 9.95);
  }

  /** Each ends with noise, so that some is added. */
  @Override
  public Transition[] transitions(double[] levels) {
    Transition[] transitions = new Transition[levels.length - 1];
    for (int i = 0; i < transitions.length; i++) {
      double t = levels[i];
      int index = (int) (t * (steps - 1));
      double table = 0.1 / steps + (20.0 / steps - 0.1 / steps) * index / (steps - 1);
      double beta = continuous ? -Math.expm1(-(0.1 + 19.9 * t) / steps) : table;
      transitions[i] = new Transition(t, levels[i + 1], beta, 1, 1, Math.pow(sigma(t), 2));
    }
    return transitions;
  }
}
