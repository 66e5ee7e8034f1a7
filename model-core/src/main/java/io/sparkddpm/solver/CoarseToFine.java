package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import java.util.List;

/**
 * Items that share an x_t and differ in the noise drawn after it: what they have in common was
 * decided by then; Ho et al. 2020, sec. 4.3 and fig. 7. The x_t of a row is that of a sample at the
 * row's level, which is the noisier the higher the row.
 *
 * @param images samples whose x_t are shared, from the first; each has all rows
 * @param levels of a sample's rows, falling
 * @param columns items that share an x_t
 */
public record CoarseToFine(long images, List<Double> levels, int columns) implements Rows {
  private static final long serialVersionUID = 1L;

  /** Checks the levels and the numbers. */
  public CoarseToFine {
    levels = List.copyOf(levels);
    Rows.check(levels, columns, 1);
    checkArgument(images >= 1, "there must be at least 1 image, got %s", images);
    for (int row = 1; row < levels.size(); row++) {
      checkArgument(
          levels.get(row) < levels.get(row - 1), "levels must fall from row to row: %s", levels);
    }
  }

  @Override
  public long count() {
    return images * pieceItems();
  }

  @Override
  public boolean needsImages() {
    return false;
  }

  @Override
  public int pieceItems() {
    return levels.size() * columns;
  }

  @Override
  public void checkDrawsBy(Solver solver, TimeGrid grid) {
    Rows.super.checkDrawsBy(solver, grid);
    checkArgument(
        solver.addsNoise(),
        "images from a shared x_t differ by the noise that the solver adds, and %s adds none here",
        ConfigBinder.type(solver));
  }
}
