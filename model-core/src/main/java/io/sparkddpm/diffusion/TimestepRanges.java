package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;

/**
 * All timesteps, cut into consecutive ranges. The bound is measured at one timestep of each, drawn
 * for each image by itself: the term there, times the length of its range, is an unbiased estimate
 * of the range's part of the bound. t=0, the decoder, is a range of its own, and ranges grow with t
 * as the terms fall: their ends lie at equal distances of √t, as far as whole numbers allow. With
 * as many ranges as timesteps nothing is estimated. Immutable; threads may share it.
 */
public final class TimestepRanges {
  private final int[] begins;

  /**
   * @param steps T
   * @param count of ranges, 2 to T (1 where T is 1)
   */
  public TimestepRanges(int steps, int count) {
    checkArgument(
        count <= steps && count >= Math.min(2, steps),
        "the number of timesteps measured must be in [%s, %s], got %s",
        Math.min(2, steps),
        steps,
        count);
    begins = new int[count + 1];
    for (int i = 1; i <= count; i++) {
      double part = count == 1 ? 0 : (i - 1) / (double) (count - 1);
      begins[i] = Math.max(begins[i - 1] + 1, 1 + (int) Math.round((steps - 1) * part * part));
    }
  }

  /** Number of ranges. */
  public int count() {
    return begins.length - 1;
  }

  /** The first timestep of a range. */
  public int from(int range) {
    return begins[range];
  }

  /** The timestep after a range's last one. */
  public int to(int range) {
    return begins[range + 1];
  }

  /** Number of timesteps in a range. */
  public int length(int range) {
    return to(range) - from(range);
  }

  /** The timestep of a range at which an image is measured. */
  public int timestep(int range, long seed, long id) {
    int length = length(range);
    return length == 1
        ? from(range)
        : from(range)
            + RandomStream.of(seed, Purpose.EVALUATION_TIMESTEP, range, id).nextInt(length);
  }
}
