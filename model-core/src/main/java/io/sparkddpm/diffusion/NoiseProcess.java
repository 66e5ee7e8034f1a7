package io.sparkddpm.diffusion;

import java.util.Arrays;

/**
 * How much of an item and how much noise x_t holds at a level: x_t = α·x_0 + σ·ε. A level is a real
 * number that grows with the noise, and is what a network sees as its timestep: for a schedule of T
 * steps those are [0, T−1], whole numbers being the steps that it was trained on; a process in
 * continuous time would have levels such as (0, 1].
 *
 * <p>Implementations are immutable; threads may share them. A new process is one class. Only its
 * transitions need care: they should not subtract nearly equal numbers.
 */
public interface NoiseProcess {
  /** The level of data without noise, where α is 1 and σ is 0. No network is evaluated at it. */
  double CLEAN = -1;

  /** The noisiest level, from which items are drawn. */
  double last();

  /**
   * Factor of x_0 in x_t.
   *
   * @param level {@link #CLEAN}, or one that the process has
   */
  double alpha(double level);

  /**
   * Factor of ε in x_t.
   *
   * @param level {@link #CLEAN}, or one that the process has
   */
  double sigma(double level);

  /** σ/α, the noise level of Karras et al. 2022; 0 at {@link #CLEAN}. */
  default double noiseLevel(double level) {
    return sigma(level) / alpha(level);
  }

  /** ln(α²/σ²), which falls as the level rises; infinite at {@link #CLEAN}. */
  double logSnr(double level);

  /**
   * The level of a log-SNR, the inverse of {@link #logSnr}.
   *
   * @throws IllegalArgumentException if no level but {@link #CLEAN} has less noise, or none has
   *     more
   */
  double level(double logSnr);

  /**
   * The steps from each of the levels to the next.
   *
   * @param levels falling, or equal to the one before; only the last may be {@link #CLEAN}
   * @return one fewer than levels, in the same order
   */
  Transition[] transitions(double[] levels);

  /**
   * The steps from each timestep to the one before, by timestep; that of 0 ends with clean data.
   */
  default Transition[] unitSteps() {
    double[] levels = new double[(int) last() + 2];
    Arrays.setAll(levels, i -> last() - i);
    Transition[] falling = transitions(levels);
    Transition[] steps = new Transition[falling.length];
    Arrays.setAll(steps, t -> falling[falling.length - 1 - t]);
    return steps;
  }

  /** A level as messages show it: whole ones without a decimal point. */
  static String text(double level) {
    return level == Math.rint(level) ? String.valueOf((long) level) : String.valueOf(level);
  }
}
