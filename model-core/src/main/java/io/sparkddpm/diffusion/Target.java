package io.sparkddpm.diffusion;

/**
 * What a network learns to give at one level: {@code x0·x_0 + xt·x_t + epsilon·ε}.
 *
 * @param x0 coefficient of the clean element
 * @param xt coefficient of the noised element
 * @param epsilon coefficient of the noise in it
 */
public record Target(double x0, double xt, double epsilon) {
  /** The target of one element. */
  public double of(double clean, double noised, double noise) {
    return x0 * clean + xt * noised + epsilon * noise;
  }
}
