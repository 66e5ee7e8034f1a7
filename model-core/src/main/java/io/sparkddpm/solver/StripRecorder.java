package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Keeps what one item looked like at some steps, evenly spaced from the first to the last: x_t and
 * the x0 predicted from it. One thread at a time.
 */
public final class StripRecorder implements StepListener {
  private final int item;
  private final int[] columnSteps;
  private final double[] levels;
  private final Batch noisy;
  private final Batch predicted;

  /**
   * For one run of a solver.
   *
   * @param grid that the solver goes along
   * @param item its place in the batch
   * @param columns number of moments to keep; fewer if the grid has fewer steps
   * @param shape of an item
   */
  public StripRecorder(TimeGrid grid, int item, int columns, Shape shape) {
    checkArgument(columns >= 1, "columns must be at least 1, got %s", columns);
    this.item = item;
    int count = Math.min(columns, grid.steps());
    columnSteps = new int[count];
    levels = new double[count];
    int last = grid.steps() - 1;
    for (int c = 0; c < count; c++) {
      double remaining = count == 1 ? 0 : (count - 1.0 - c) / (count - 1);
      columnSteps[c] = last - (int) Math.round(remaining * last);
      levels[c] = grid.level(columnSteps[c]);
    }
    noisy = new Batch(count, shape);
    predicted = new Batch(count, shape);
  }

  @Override
  public void onStep(int step, double level, Batch xt, Batch predictedX0) {
    for (int c = 0; c < columnSteps.length; c++) {
      if (columnSteps[c] == step) {
        copy(xt, noisy, c);
        copy(predictedX0, predicted, c);
      }
    }
  }

  private void copy(Batch from, Batch to, int column) {
    checkArgument(
        from.itemLength() == to.itemLength(), "the strip is for %s, got items of %s", to, from);
    System.arraycopy(from.data(), from.offset(item), to.data(), to.offset(column), to.itemLength());
  }

  /** The levels kept, from the noisiest on. */
  public double[] levels() {
    return levels.clone();
  }

  /** x_t at each of {@link #levels()}, one item a column; beyond [-1, 1] where noisy. */
  public Batch noisy() {
    return noisy;
  }

  /** The x0 predicted at each of {@link #levels()}; the last is the finished item. */
  public Batch predicted() {
    return predicted;
  }
}
