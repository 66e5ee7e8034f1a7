package io.sparkddpm.diffusion;

/**
 * The network gives the mean μ̃ of q(x_{t−1} | x_t, x_0); Ho et al. 2020, eq. 8. Between whole
 * levels t−1 is the level that is one lower; below 1 it is the data without noise.
 */
final class PosteriorMeanHead implements Head {
  @Override
  public Target target(NoiseProcess process, double level) {
    Transition step = step(process, level);
    return new Target(step.posteriorMeanX0(), step.posteriorMeanXt(), 0);
  }

  @Override
  public Conversion toX0(NoiseProcess process, double level) {
    Transition step = step(process, level);
    double x0 = step.posteriorMeanX0();
    return new Conversion(-step.posteriorMeanXt() / x0, 1 / x0);
  }

  /** Ho et al. 2020, eq. 11, solved for ε. */
  @Override
  public Conversion toEpsilon(NoiseProcess process, double level) {
    double beta = step(process, level).beta();
    double sigma = process.sigma(level);
    return new Conversion(sigma / beta, -sigma * Math.sqrt(1.0 - beta) / beta);
  }

  @Override
  public boolean isMean() {
    return true;
  }

  private static Transition step(NoiseProcess process, double level) {
    double next = level < 1 ? NoiseProcess.CLEAN : level - 1;
    return process.transitions(new double[] {level, next})[0];
  }
}
