package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Objects;

/**
 * The levels that a solver goes through, from the noisiest down: step i leads from {@code level(i)}
 * to {@code level(i + 1)}, and the denoiser is evaluated at the former. The last level is where the
 * items end; for finished ones that is {@link io.sparkddpm.diffusion.NoiseProcess#CLEAN}. Levels
 * need not be whole. Immutable; threads may share it.
 *
 * <p>A way to choose levels (quadratic, by log-SNR, Karras' ρ) is a constant of {@link Spacing}.
 */
public final class TimeGrid {
  private final double[] levels;

  private TimeGrid(double[] levels) {
    this.levels = levels;
  }

  /**
   * A grid of the given levels.
   *
   * @param levels at least two, none above the one before; copied
   */
  public static TimeGrid of(double... levels) {
    checkArgument(levels.length >= 2, "a time grid needs two levels, got %s", levels.length);
    for (int i = 1; i < levels.length; i++) {
      checkArgument(
          levels[i] <= levels[i - 1],
          "the levels of a time grid must not rise, got %s after %s",
          levels[i],
          levels[i - 1]);
    }
    return new TimeGrid(levels.clone());
  }

  /** Number of steps, one fewer than levels. */
  public int steps() {
    return levels.length - 1;
  }

  /**
   * A level.
   *
   * @param index from 0, the noisiest, to {@link #steps()}, where the items end
   */
  public double level(int index) {
    return levels[Objects.checkIndex(index, levels.length)];
  }

  /** All levels. */
  public double[] levels() {
    return levels.clone();
  }
}
