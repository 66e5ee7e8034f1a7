package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;

/**
 * The implicit process over any timesteps: x_prev = √ᾱ_prev·x0 + √(1−ᾱ_prev−σ²)·ε + σz; Song, Meng
 * and Ermon 2021, eq. 12. ε is the one that agrees with the clipped x0, as in guided-diffusion.
 * Immutable; threads may share it.
 */
public final class DdimSampler implements Sampler {
  private final LinearSteps steps;

  /**
   * Over the given timesteps.
   *
   * @param timesteps zero-based, strictly ascending; see {@link io.sparkddpm.schedule.Spacing}
   * @param eta share of the noise in [0, 1]: 0 deterministic, 1 the noise of β̃ (eq. 16)
   */
  public DdimSampler(NoiseSchedule schedule, DiffusionConfig config, int[] timesteps, double eta) {
    this(schedule, config, timesteps, eta, true, 1.0);
  }

  /**
   * With the choices in which implementations differ.
   *
   * @param epsilonFromClipped whether ε follows from the clipped x0, or is left as predicted
   * @param finalAlphaCumprod ᾱ after the last step
   */
  DdimSampler(
      NoiseSchedule schedule,
      DiffusionConfig config,
      int[] timesteps,
      double eta,
      boolean epsilonFromClipped,
      double finalAlphaCumprod) {
    checkArgument(eta >= 0 && eta <= 1, "eta must be in [0, 1], got %s", eta);
    NoiseSchedule visited = schedule.respaced(timesteps);
    LinearSteps.Step[] table = new LinearSteps.Step[timesteps.length];
    for (int k = 0; k < table.length; k++) {
      int t = timesteps[k];
      double alphaPrev = k == 0 ? finalAlphaCumprod : visited.alphaCumprodPrev(k);
      double oneMinusPrev = k == 0 ? 1.0 - finalAlphaCumprod : visited.oneMinusAlphaCumprodPrev(k);
      double oneMinus = visited.oneMinusAlphaCumprod(k);
      double variance = eta * eta * oneMinusPrev / oneMinus * visited.beta(k);
      double direction = Math.sqrt(Math.max(0.0, oneMinusPrev - variance));
      Conversion toX0 = Conversion.of(schedule, t, config.prediction(), PredictionType.X0);
      // ε = epsilonX0·x0 + epsilon.xt·x_t + epsilon.value·prediction
      Conversion epsilon =
          epsilonFromClipped
              ? new Conversion(1.0 / schedule.sqrtOneMinusAlphaCumprod(t), 0)
              : Conversion.of(schedule, t, config.prediction(), PredictionType.EPSILON);
      double epsilonX0 =
          epsilonFromClipped
              ? -schedule.sqrtAlphaCumprod(t) / schedule.sqrtOneMinusAlphaCumprod(t)
              : 0;
      table[k] =
          new LinearSteps.Step(
              t,
              toX0,
              Math.sqrt(alphaPrev) + direction * epsilonX0,
              direction * epsilon.xt(),
              direction * epsilon.value(),
              k == 0 ? 0 : Math.sqrt(variance));
    }
    steps = new LinearSteps(table, config.clipX0());
  }

  @Override
  public int steps() {
    return steps.count();
  }

  @Override
  public int timestep(int step) {
    return steps.step(step).timestep();
  }

  @Override
  public void denoise(
      Network model, NoiseSource noise, Batch x, int firstStep, StepListener listener) {
    steps.denoise(model, noise, x, firstStep, listener);
  }

  LinearSteps table() {
    return steps;
  }
}
