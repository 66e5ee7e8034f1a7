package io.sparkddpm.diffusion;

import java.util.Objects;

/** Changes what another denoiser sees; the process and the variance are that one's. */
abstract class DenoiserDecorator implements Denoiser {
  final Denoiser denoiser;

  DenoiserDecorator(Denoiser denoiser) {
    this.denoiser = Objects.requireNonNull(denoiser);
  }

  @Override
  public final NoiseProcess process() {
    return denoiser.process();
  }

  @Override
  public final Variance variance() {
    return denoiser.variance();
  }
}
