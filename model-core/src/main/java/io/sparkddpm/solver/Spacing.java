package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseProcess;
import java.util.stream.IntStream;

/**
 * Ways to choose the S levels that a solver is asked to go through; S is at most the number of the
 * process' timesteps. A new one is a constant with its formula.
 */
public enum Spacing {
  /**
   * Evenly from 0 to T−1, both included, rounded half to even; the respacing of Nichol and Dhariwal
   * 2021. Any S; one step alone is T−1, where the samples' noise belongs.
   */
  UNIFORM {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      if (steps == 1) {
        return new double[] {process.last()};
      }
      double stride = process.last() / (steps - 1);
      return IntStream.range(0, steps).mapToDouble(i -> Math.rint(i * stride)).toArray();
    }
  },

  /**
   * 0, c, 2c … with the one integer stride c that gives S steps; Song et al. 2021 ("ddimS" in the
   * official code). Refused where no such stride exists.
   */
  STRIDE {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      int total = timesteps(process);
      int stride =
          IntStream.rangeClosed(1, total)
              .filter(c -> (total + c - 1) / c == steps)
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "no integer stride gives exactly "
                              + steps
                              + " of "
                              + total
                              + " timesteps; spacing uniform does"));
      return IntStream.range(0, steps).mapToDouble(i -> i * stride).toArray();
    }
  },

  /**
   * T−1, T−1−T/S …, rounded, so that the last one left is about T/S−1; "trailing" in diffusers, for
   * few steps (Lin et al. 2024).
   */
  TRAILING {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      int total = timesteps(process);
      return IntStream.range(0, steps)
          .mapToDouble(i -> Math.rint((i + 1.0) * total / steps) - 1)
          .toArray();
    }
  },

  /**
   * 0, c, 2c … with c = ⌊T/S⌋; "leading" in diffusers. Never begins at the noisiest level, except
   * where S is T.
   */
  LEADING {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      int stride = timesteps(process) / steps;
      return IntStream.range(0, steps).mapToDouble(i -> i * stride).toArray();
    }
  },

  /**
   * Evenly in σ^(1/7) with σ the process' σ/α, from 0 to T−1; Karras et al. 2022
   * (arXiv:2206.00364), eq. 5 with ρ = 7, for Heun's method. The levels need not be whole.
   */
  KARRAS {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      double least = StrictMath.exp(-process.logSnr(0) / (2 * RHO)); // σ^(1/ρ)
      double most = StrictMath.exp(-process.logSnr(process.last()) / (2 * RHO));
      double[] levels = new double[steps];
      for (int i = 1; i < steps - 1; i++) {
        double root = least + (most - least) * i / (steps - 1);
        levels[i] = process.level(-2 * RHO * StrictMath.log(root));
      }
      levels[steps - 1] = process.last();
      return levels;
    }
  },

  /**
   * Evenly in the log-SNR, from 0 to T−1; Lu et al. 2022, for the ODE solvers. The levels need not
   * be whole: the network is evaluated between the timesteps that it was trained on.
   */
  LOG_SNR {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      double least = process.logSnr(process.last());
      double most = process.logSnr(0);
      double[] levels = new double[steps];
      for (int i = 0; i < steps - 1; i++) {
        levels[i] = i == 0 ? 0 : process.level(most + (least - most) * i / (steps - 1));
      }
      levels[steps - 1] = process.last();
      return levels;
    }
  },

  /**
   * Growing as the square, up to 0.8 T; Song et al. 2021, app. D.2, for CIFAR-10. Where many steps
   * crowd near 0, several would be the same timestep: such a step changes nothing in the official
   * code and is left out here, so that there are fewer than S. Values are those of numpy's
   * linspace.
   */
  QUADRATIC {
    @Override
    double[] rising(int steps, NoiseProcess process) {
      double last = Math.sqrt(0.8 * timesteps(process));
      double stride = last / (steps - 1);
      return IntStream.range(0, steps)
          .mapToDouble(i -> i == steps - 1 ? last : i * stride)
          .map(root -> (int) (root * root))
          .distinct()
          .toArray();
    }
  };

  private static final double RHO = 7;

  /** S levels, or fewer, from the least noisy on; the caller checks that no two are the same. */
  abstract double[] rising(int steps, NoiseProcess process);

  /** T, where levels are the timesteps of a schedule. */
  static int timesteps(NoiseProcess process) {
    return (int) process.last() + 1;
  }

  /**
   * The grid through S levels that ends with clean data; {@link #QUADRATIC} may have fewer.
   *
   * @param steps S, from 1 to the number of timesteps
   * @throws IllegalArgumentException if there are no such S levels
   */
  public TimeGrid grid(int steps, NoiseProcess process) {
    int total = timesteps(process);
    checkArgument(steps >= 1 && steps <= total, "steps must be in [1, %s], got %s", total, steps);
    double[] rising = rising(steps, process);
    int count = rising.length;
    double[] levels = new double[count + 1];
    for (int i = 0; i < count; i++) {
      checkArgument(
          i == 0 || rising[i] > rising[i - 1],
          "%s of %s timesteps are too many for this spacing: %s would be visited twice",
          steps,
          total,
          NoiseProcess.text(rising[i]));
      levels[count - 1 - i] = rising[i];
    }
    levels[count] = NoiseProcess.CLEAN;
    return TimeGrid.of(levels);
  }
}
