package io.sparkddpm.diffusion;

import java.util.Objects;
import java.util.Optional;

/** Changes what another denoiser sees; process, variance and kind of noise are that one's. */
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

  @Override
  public final Optional<TokenNoise> tokenNoise() {
    return denoiser.tokenNoise();
  }
}
