package io.sparkddpm.diffusion;

/** The network gives the noise ε; Ho et al. 2020, eq. 14. */
final class EpsilonHead implements Head {
  @Override
  public Target target(NoiseProcess process, double level) {
    return new Target(0, 0, 1);
  }

  /** Ho et al. 2020, eq. 15. */
  @Override
  public Conversion toX0(NoiseProcess process, double level) {
    double alpha = process.alpha(level);
    return new Conversion(1 / alpha, -process.sigma(level) / alpha);
  }

  @Override
  public Conversion toEpsilon(NoiseProcess process, double level) {
    return Conversion.IDENTITY;
  }
}
