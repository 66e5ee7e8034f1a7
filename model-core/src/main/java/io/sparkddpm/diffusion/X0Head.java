package io.sparkddpm.diffusion;

/** The network gives the clean item x_0. */
final class X0Head implements Head {
  @Override
  public Target target(NoiseProcess process, double level) {
    return new Target(1, 0, 0);
  }

  @Override
  public Conversion toX0(NoiseProcess process, double level) {
    return Conversion.IDENTITY;
  }

  @Override
  public Conversion toEpsilon(NoiseProcess process, double level) {
    double sigma = process.sigma(level);
    return new Conversion(1 / sigma, -process.alpha(level) / sigma);
  }
}
