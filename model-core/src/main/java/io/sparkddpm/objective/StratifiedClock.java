package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * Spreads a batch of B examples evenly over the T timesteps: each of B equal parts of [0, T) gets
 * one, all of them shifted by one draw a step; Kingma et al. 2021, app. I.1. Every timestep is as
 * likely for every example. Parts go to places in the batch in strides of about B/φ (the golden
 * ratio), so that any worker's contiguous share is spread evenly too.
 */
final class StratifiedClock implements Clock {
  private static final long serialVersionUID = 1L;
  private static final double GOLDEN = 0.6180339887498949;

  private final int steps;
  private final int batchSize;
  private final int stride;

  /**
   * @param steps T, at least 1
   * @param batchSize B, at least 1, over all workers
   */
  public StratifiedClock(int steps, int batchSize) {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    checkArgument(batchSize >= 1, "batch-size must be at least 1, got %s", batchSize);
    this.steps = steps;
    this.batchSize = batchSize;
    int candidate = Math.max(1, (int) Math.round(batchSize * GOLDEN));
    while (divisor(candidate, batchSize) != 1) { // else some parts would have two
      candidate++;
    }
    this.stride = candidate;
  }

  private static int divisor(int a, int b) {
    return b == 0 ? a : divisor(b, a % b);
  }

  @Override
  public double level(ExampleKey example) {
    long part = (long) example.place() * stride % batchSize;
    double place = (double) part / batchSize + example.sharedStream().nextDouble();
    double rotated = place >= 1 ? place - 1 : place;
    return Math.min(steps - 1, (int) (rotated * steps));
  }

  @Override
  public double weight(double level) {
    return 1;
  }
}
