package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * Clips the x_0 that another denoiser sees to [−1, 1], as the official code does before the
 * posterior mean. ε stays as predicted. One thread at a time.
 */
final class ClippedDenoiser extends DenoiserDecorator {
  /** Clips what {@code denoiser} sees. */
  ClippedDenoiser(Denoiser denoiser) {
    super(denoiser);
  }

  /** Of x_0 alone is it known where it must lie; the official code clips nothing else. */
  @Override
  public boolean givesMean() {
    return denoiser.givesMean();
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    denoiser.predict(x, levels, condition, reading);
    float[] values = reading.x0().data();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(-1f, Math.min(1f, values[i]));
    }
  }
}
