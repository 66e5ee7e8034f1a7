package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import java.util.List;
import java.util.Objects;

/**
 * Items on the way from one to another: both are taken to the level of a row, mixed there with λ
 * from 0 to 1 over the columns, and led back to data; Ho et al. 2020, sec. 4.4 and fig. 8 and 9.
 * What is drawn on the way back is the same for all columns and rows.
 *
 * @param noise how they are taken to the level
 * @param path how their noise is mixed
 * @param from the first item, or the seed of the first
 * @param to the second
 * @param levels of the rows
 * @param columns at least 2
 */
public record Interpolation(
    Noise noise, Path path, long from, long to, List<Double> levels, int columns) implements Rows {
  private static final long serialVersionUID = 1L;

  /** Where the x_t of the two items come from. */
  public enum Noise {
    /** Noise is added to data, each item's own, as the paper and its code have it. */
    OWN,
    /** The same noise is added to both, so that it is not averaged away between them. */
    SHARED,
    /** The probability-flow ODE leads data there, and back by the same way. */
    ODE,
    /** They are the noise that two seeds begin with; there are no data. */
    SEEDS
  }

  /** How noise is mixed; the data that x_t holds beside it are always mixed linearly. */
  public enum Path {
    /** (1−λ)ε + λε′, which is shorter than either between them; the paper's. */
    LINEAR,
    /**
     * Along the great circle, so that noise stays as strong (Song, Meng and Ermon 2021, app. C).
     */
    SPHERICAL
  }

  /** Checks the levels and the columns. */
  public Interpolation {
    Objects.requireNonNull(noise);
    Objects.requireNonNull(path);
    levels = List.copyOf(levels);
    Rows.check(levels, columns, 2);
    checkArgument(
        noise != Noise.SEEDS || levels.size() == 1, "noise of seeds has one level, the noisiest");
  }

  @Override
  public long count() {
    return (long) levels.size() * columns;
  }

  @Override
  public boolean needsImages() {
    return noise != Noise.SEEDS;
  }

  @Override
  public int pieceItems() {
    return columns;
  }

  @Override
  public void checkDrawsBy(Solver solver, TimeGrid grid) {
    Rows.super.checkDrawsBy(solver, grid);
    checkArgument(
        noise != Noise.ODE || solver.equals(HeunSolver.DEFAULTS),
        "Heun's method without churn leads along the ODE both ways: the solver must be heun, got"
            + " %s",
        ConfigBinder.type(solver));
  }

  /** λ of a column, from 0 to 1. */
  double lambda(int column) {
    return (double) column / (columns - 1);
  }
}
