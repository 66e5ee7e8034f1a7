package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Draws pieces of {@link Rows}. Every evaluation is of a whole batch, which a row fills up with its
 * last item; what a piece gives depends on the seed, the weights, the rows and its number alone.
 * One thread at a time.
 *
 * @param batches solver, levels, seed and size of a batch
 * @param plain the network neither guided nor clipped, for the ODE
 * @param denoiser what the solver sees
 * @param listener watches the steps
 */
public record RowDrawer(
    SeededBatches batches, Denoiser plain, Denoiser denoiser, StepListener listener) {
  /** Takes the items of a piece in order. */
  @FunctionalInterface
  public interface Sink<E extends Exception> {
    /**
     * Takes items.
     *
     * @param batch not used again by the drawer
     * @param count the items that are meant, from the batch's first
     */
    void accept(Batch batch, int count) throws E;
  }

  /** So many items without labels, or all of one. */
  Condition condition(int label, int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, label);
    return Condition.labels(labels);
  }

  /** Leads items from the first level of a grid to its last. */
  void solve(TimeGrid grid, Batch x, Condition condition, NoiseSource noise) {
    batches.solver().solve(new Trajectory(denoiser, grid, x, condition, noise, listener));
  }

  /**
   * Draws a row of an interpolation.
   *
   * @param row from 0
   * @param data the two items, or two of any values where the noise is that of seeds
   * @param label of all, or {@link Condition#NO_LABEL}
   */
  public <E extends Exception> void draw(
      Interpolation rows, int row, Batch data, int label, Sink<E> sink) throws E {
    InterpolatedRow drawn = new InterpolatedRow(this, rows, rows.levels().get(row), data, label);
    for (int first = 0; first < rows.columns(); first += batches.size()) {
      sink.accept(drawn.from(first), Math.min(batches.size(), rows.columns() - first));
    }
  }

  /**
   * Draws all rows of one image.
   *
   * @param image from 0
   * @param conditions of the batch that holds its sample
   */
  public <E extends Exception> void draw(
      CoarseToFine rows, long image, Condition conditions, Sink<E> sink) throws E {
    int item = Math.toIntExact(image % batches.size());
    SharedLatent shared = new SharedLatent(this, image / batches.size(), conditions);
    for (int row = 0; row < rows.levels().size(); row++) {
      shared.leadTo(rows.levels().get(row));
      for (int first = 0; first < rows.columns(); first += batches.size()) {
        Batch completed = shared.complete(item, image, row, first);
        sink.accept(completed, Math.min(batches.size(), rows.columns() - first));
      }
    }
  }
}
