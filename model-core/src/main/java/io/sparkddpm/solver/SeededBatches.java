package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Items by number, without end. Batch b always holds the items b·size to (b+1)·size − 1, whoever
 * draws it and however few of them are wanted: native kernels may round differently at another
 * batch size, and item i must not depend on its company. Immutable; threads may share it, each with
 * its own denoiser.
 *
 * @param solver the way from noise to data
 * @param grid its levels
 * @param seed of the samples
 * @param size items in a batch, at least 1
 * @param shape of an item
 */
public record SeededBatches(Solver solver, TimeGrid grid, long seed, int size, Shape shape) {
  /** Checks the size. */
  public SeededBatches {
    checkArgument(size >= 1, "a batch needs at least one item, got %s", size);
  }

  /**
   * Draws a batch.
   *
   * @param number b, from 0
   * @param condition of its items, {@link #size} of them
   * @param listener watches its steps
   * @return {@link #size} items
   */
  public Batch draw(Denoiser denoiser, long number, Condition condition, StepListener listener) {
    checkArgument(
        condition.count() == size,
        "the condition must be of %s items, got one of %s",
        size,
        condition.count());
    return solver.sample(denoiser, grid, noise(number), condition, shape, listener);
  }

  /**
   * Draws a batch from clean items, of which the first level of the grid leaves something.
   *
   * @param clean items, {@link #size} of them; not changed
   * @param number b, from 0
   * @param condition of its items
   * @param listener watches its steps
   */
  public Batch drawFrom(
      Batch clean, Denoiser denoiser, long number, Condition condition, StepListener listener) {
    checkArgument(clean.count() == size, "%s items are needed, got %s", size, clean.count());
    SeededNoise noise = noise(number);
    Batch x = new Batch(size, shape);
    double alpha = denoiser.process().alpha(grid.level(0));
    double sigma = denoiser.process().sigma(grid.level(0));
    for (int n = 0; n < size; n++) {
      noise.fill(n, x.data(), x.offset(n), x.itemLength());
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        x.data()[i] = (float) (alpha * clean.data()[i] + sigma * x.data()[i]);
      }
    }
    solver.solve(new Trajectory(denoiser, grid, x, condition, noise, listener));
    return x;
  }

  private SeededNoise noise(long number) {
    return new SeededNoise(seed, number * size, size);
  }
}
