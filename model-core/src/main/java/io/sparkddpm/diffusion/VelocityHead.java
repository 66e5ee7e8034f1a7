package io.sparkddpm.diffusion;

/** The network gives v = α·ε − σ·x_0; Salimans and Ho 2022. Needs α² + σ² = 1. */
final class VelocityHead implements Head {
  @Override
  public Target target(NoiseProcess process, double level) {
    return new Target(-process.sigma(level), 0, process.alpha(level));
  }

  @Override
  public Conversion toX0(NoiseProcess process, double level) {
    return new Conversion(process.alpha(level), -process.sigma(level));
  }

  @Override
  public Conversion toEpsilon(NoiseProcess process, double level) {
    return new Conversion(process.sigma(level), process.alpha(level));
  }
}
