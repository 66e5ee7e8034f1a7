package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/** A batch of samples on its way, from which other ways lead to data. One thread at a time. */
final class SharedLatent {
  private final RowDrawer drawer;
  private final Condition conditions;
  private final SeededNoise noise;
  private final Batch x;
  private int at;

  /**
   * Begins at the noisiest level.
   *
   * @param batch number of the batch
   * @param conditions of its items
   */
  SharedLatent(RowDrawer drawer, long batch, Condition conditions) {
    SeededBatches batches = drawer.batches();
    this.drawer = drawer;
    this.conditions = conditions;
    noise = new SeededNoise(batches.seed(), batch * batches.size(), batches.size());
    x = new Batch(batches.size(), batches.shape());
    for (int n = 0; n < x.count(); n++) {
      noise.fill(n, x.data(), x.offset(n), x.itemLength());
    }
  }

  /** Leads it to the first level of the grid that is not above one. */
  void leadTo(double level) {
    TimeGrid grid = drawer.batches().grid();
    int to = grid.firstNotAbove(level);
    if (to > at) {
      drawer.solve(grid.part(at, to), x, conditions, noise);
      at = to;
    }
  }

  /**
   * Leads copies of an item to data, each with its own noise.
   *
   * @param item of the batch
   * @param image its number
   * @param row that the copies are for
   * @param first column of the first copy
   */
  Batch complete(int item, long image, int row, int first) {
    SeededBatches batches = drawer.batches();
    Batch copies = x.like();
    for (int n = 0; n < copies.count(); n++) {
      System.arraycopy(x.data(), x.offset(item), copies.data(), copies.offset(n), x.itemLength());
    }
    if (at < batches.grid().steps()) {
      RandomStream[] streams = new RandomStream[copies.count()];
      for (int n = 0; n < streams.length; n++) {
        streams[n] =
            RandomStream.of(batches.seed(), Purpose.COMPLETION, image, row, (long) first + n);
      }
      drawer.solve(
          batches.grid().part(at, batches.grid().steps()),
          copies,
          drawer.condition(conditions.label(item), copies.count()),
          (n, to, offset, length) -> streams[n].fillGaussian(to, offset, length));
    }
    return copies;
  }
}
