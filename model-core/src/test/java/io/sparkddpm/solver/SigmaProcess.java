package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;

/**
 * x = x_0 + σ·ε with σ itself as the level, as Karras et al. 2022 have it.
 *
 * @param last the largest σ
 */
record SigmaProcess(double last) implements NoiseProcess {
  @Override
  public double alpha(double level) {
    return 1;
  }

  @Override
  public double sigma(double level) {
    return level == CLEAN ? 0 : level;
  }

  @Override
  public double logSnr(double level) {
    return level == CLEAN ? Double.POSITIVE_INFINITY : -2 * Math.log(level);
  }

  @Override
  public double level(double logSnr) {
    return Math.exp(-logSnr / 2);
  }

  @Override
  public Transition[] transitions(double[] levels) {
    throw new UnsupportedOperationException("only the ODE is solved in this process");
  }
}
