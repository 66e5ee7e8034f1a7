package io.sparkddpm.diffusion;

import java.util.ArrayList;
import java.util.List;

/**
 * The bound of a set of images, its parts, and rate and distortion by timestep; Ho et al. 2020,
 * sec. 4.3. All in bits per dimension.
 *
 * @param total an upper bound on −log₂ p(x_0)
 * @param prior L_T
 * @param rate L_T and all terms but the decoder's
 * @param decoder L_0, which the paper counts as distortion
 * @param levels by timestep, t=0 first
 */
public record BoundProfile(
    BoundEstimate total, double prior, double rate, double decoder, List<Level> levels) {
  /** 8-bit levels in a unit of [-1, 1]. */
  private static final double LEVELS = 127.5;

  /**
   * A range of timesteps, mostly of one.
   *
   * @param from its first timestep
   * @param to after its last timestep
   * @param bits mean term of a timestep in it
   * @param standardError of {@code bits}
   * @param epsilonError mean squared error of ε
   * @param x0Error mean squared error of x_0, in [-1, 1]
   * @param rate bits received once x_t is known: L_T and the terms above t; of a range the mean
   * @param distortion root of the mean squared error of x_0 in 8-bit levels, 0 to 255
   */
  public record Level(
      int from,
      int to,
      double bits,
      double standardError,
      double epsilonError,
      double x0Error,
      double rate,
      double distortion) {
    /** Middle of its timesteps. */
    public double timestep() {
      return (from + to - 1) / 2.0;
    }
  }

  /**
   * Of sums over at least two images.
   *
   * @throws IllegalArgumentException if they are of fewer
   */
  public static BoundProfile of(TimestepRanges ranges, BoundSums sums) {
    long n = sums.images();
    double prior = sums.prior() / n;
    double received = prior;
    List<Level> levels = new ArrayList<>();
    for (int k = ranges.count() - 1; k >= 0; k--) {
      BoundEstimate term = BoundEstimate.of(n, sums.bits()[k], sums.bitsSquared()[k]);
      double x0Error = sums.x0Errors()[k] / n;
      int length = ranges.length(k);
      levels.add(
          0,
          new Level(
              ranges.from(k),
              ranges.to(k),
              term.mean(),
              term.standardError(),
              sums.epsilonErrors()[k] / n,
              x0Error,
              received + (length - 1) / 2.0 * term.mean(),
              LEVELS * Math.sqrt(x0Error)));
      received += length * term.mean();
    }
    Level decoder = levels.get(0);
    return new BoundProfile(
        BoundEstimate.of(n, sums.total(), sums.totalSquared()),
        prior,
        decoder.rate(),
        decoder.bits(),
        List.copyOf(levels));
  }
}
