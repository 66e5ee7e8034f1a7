package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import java.util.stream.IntStream;

/**
 * x_{t−1} = μ_θ(x_t, t) + σ_t z, without noise in the last step; Ho et al. 2020, alg. 2. Immutable;
 * threads may share it.
 */
public final class AncestralSampler implements Sampler {
  private final LinearSteps steps;

  /**
   * Over all T timesteps.
   *
   * @param noiseScale factor on σ_t, at least 0; 1 is the paper's
   */
  public AncestralSampler(NoiseSchedule schedule, DiffusionConfig config, double noiseScale) {
    this(schedule, config, noiseScale, IntStream.range(0, schedule.steps()).toArray());
  }

  /**
   * Over some of the timesteps, with the schedule that they make; Nichol and Dhariwal 2021, sec. 4.
   *
   * @param noiseScale factor on σ_t, at least 0
   * @param timesteps zero-based, strictly ascending
   */
  public AncestralSampler(
      NoiseSchedule schedule, DiffusionConfig config, double noiseScale, int[] timesteps) {
    checkArgument(
        noiseScale >= 0 && noiseScale <= Double.MAX_VALUE,
        "noise-scale must be at least 0, got %s",
        noiseScale);
    GaussianDiffusion visited = new GaussianDiffusion(schedule.respaced(timesteps), config);
    LinearSteps.Step[] table = new LinearSteps.Step[timesteps.length];
    for (int k = 0; k < table.length; k++) {
      table[k] =
          new LinearSteps.Step(
              timesteps[k],
              Conversion.of(schedule, timesteps[k], config.prediction(), PredictionType.X0),
              visited.schedule().posteriorMeanCoefX0(k),
              visited.schedule().posteriorMeanCoefXt(k),
              0,
              k == 0 ? 0 : noiseScale * Math.sqrt(visited.pVariance(k)));
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
