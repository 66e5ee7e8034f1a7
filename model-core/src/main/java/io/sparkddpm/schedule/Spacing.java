package io.sparkddpm.schedule;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.stream.IntStream;

/** Which S of the T timesteps a shorter reverse process visits. */
public enum Spacing {
  /**
   * Evenly from 0 to T−1, both included, rounded half to even; the respacing of Nichol and Dhariwal
   * 2021. Any S; one step alone is T−1, where the samples' noise belongs.
   */
  UNIFORM {
    @Override
    int[] choose(int steps, int total) {
      if (steps == 1) {
        return new int[] {total - 1};
      }
      double stride = (total - 1.0) / (steps - 1);
      return IntStream.range(0, steps).map(i -> (int) Math.rint(i * stride)).toArray();
    }
  },

  /**
   * 0, c, 2c … with the one integer stride c that gives S steps; Song et al. 2021 ("ddimS" in the
   * official code). Refused where no such stride exists.
   */
  STRIDE {
    @Override
    int[] choose(int steps, int total) {
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
      return IntStream.range(0, steps).map(i -> i * stride).toArray();
    }
  },

  /**
   * Growing as the square, up to 0.8 T; Song et al. 2021, app. D.2, for CIFAR-10. Refused where two
   * of them would fall together.
   */
  QUADRATIC {
    @Override
    int[] choose(int steps, int total) {
      double last = Math.sqrt(0.8 * total);
      return IntStream.range(0, steps)
          .map(i -> (int) Math.pow(steps == 1 ? last : last * i / (steps - 1), 2))
          .toArray();
    }
  };

  abstract int[] choose(int steps, int total);

  /**
   * The timesteps to visit.
   *
   * @param steps S, from 1 to {@code total}
   * @param total T
   * @return zero-based, strictly ascending, S of them
   */
  public int[] timesteps(int steps, int total) {
    checkArgument(steps >= 1 && steps <= total, "steps must be in [1, %s], got %s", total, steps);
    int[] timesteps = choose(steps, total);
    for (int i = 1; i < steps; i++) {
      checkArgument(
          timesteps[i] > timesteps[i - 1],
          "%s of %s timesteps are too many for this spacing: %s would be visited twice",
          steps,
          total,
          timesteps[i]);
    }
    return timesteps;
  }
}
