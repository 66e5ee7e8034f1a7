package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseProcess;
import java.util.Arrays;
import java.util.Objects;

/**
 * The levels that a solver goes through, from the noisiest down: step i leads from {@code level(i)}
 * to {@code level(i + 1)}, and the denoiser is evaluated at the former. The last level is where the
 * items end; for finished ones that is {@link NoiseProcess#CLEAN}. Levels need not be whole.
 * Immutable; threads may share it.
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

  /**
   * The part that begins at the first level that is not above one.
   *
   * @throws IllegalArgumentException if that is the last level, or there is none
   */
  TimeGrid notAbove(double level) {
    int first = firstNotAbove(level);
    checkArgument(
        first < levels.length - 1,
        "the grid has no level from 0 to %s; take more steps",
        NoiseProcess.text(level));
    return part(first, steps());
  }

  /** Index of the first level that is not above one; that of the last level if there is none. */
  int firstNotAbove(double level) {
    int first = 0;
    while (first < steps() && levels[first] > level) {
      first++;
    }
    return first;
  }

  /** The levels from one index to another, which is above it. */
  TimeGrid part(int first, int last) {
    return of(Arrays.copyOfRange(levels, first, last + 1));
  }

  /** The same without clean data at its end. */
  TimeGrid withoutClean() {
    boolean clean = levels[levels.length - 1] == NoiseProcess.CLEAN;
    return clean ? of(Arrays.copyOf(levels, levels.length - 1)) : this;
  }

  /** The same levels the other way, for the ODE from data to noise alone. */
  TimeGrid upwards() {
    double[] rising = new double[levels.length];
    for (int i = 0; i < rising.length; i++) {
      rising[i] = levels[levels.length - 1 - i];
    }
    return new TimeGrid(rising);
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
