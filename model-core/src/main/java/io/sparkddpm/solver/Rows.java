package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseProcess;
import java.io.Serializable;
import java.util.List;

/**
 * Items that lie in rows, each row made from an x_t of one level. Item i lies in row i div {@link
 * #columns}. Immutable; threads may share it.
 */
public sealed interface Rows extends Serializable permits Interpolation, CoarseToFine {
  /** The level of each row of a piece; {@link NoiseProcess#CLEAN} for the data themselves. */
  List<Double> levels();

  /** Items in a row. */
  int columns();

  /** Items in all. */
  long count();

  /** Whether they are made from data, rather than from noise alone. */
  boolean needsImages();

  /** Items that are made together: they begin alike. */
  int pieceItems();

  /**
   * Refuses what cannot be drawn.
   *
   * @param grid of the solver
   * @throws IllegalArgumentException saying why
   */
  default void checkDrawsBy(Solver solver, TimeGrid grid) {
    for (double level : levels()) {
      if (level != NoiseProcess.CLEAN) {
        grid.notAbove(level);
      }
    }
  }

  /** Refuses levels and columns that are none. */
  static void check(List<Double> levels, int columns, int fewest) {
    checkArgument(!levels.isEmpty(), "there is no level");
    for (double level : levels) {
      checkArgument(
          level == NoiseProcess.CLEAN || level >= 0 && level <= Double.MAX_VALUE,
          "a level must be at least 0, or -1 for clean data, got %s",
          NoiseProcess.text(level));
    }
    checkArgument(columns >= fewest, "columns must be at least %s, got %s", fewest, columns);
  }
}
