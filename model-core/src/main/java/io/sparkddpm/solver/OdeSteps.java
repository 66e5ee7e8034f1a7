package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;

/**
 * How the probability-flow ODE is followed: along a grid, or in steps that each item chooses for
 * itself. Immutable; threads may share it.
 */
@OneOf({OdeSteps.Fixed.class, OdeSteps.Adaptive.class})
public interface OdeSteps extends Serializable {
  /** Heun's method along the grid. */
  OdeSteps FIXED = new Fixed();

  /**
   * Leads the items to the last level of the path's grid, and with them their density where it is
   * wanted.
   */
  void follow(OdePath path);

  /** Whether the levels between the first and the last are those of the grid. */
  boolean keepsToGrid();

  /** Heun's method along the grid: the same steps for all items. */
  @Variant(value = "fixed", description = "Heun's method along sample.spacing in sample.steps")
  record Fixed() implements OdeSteps {
    private static final long serialVersionUID = 1L;

    @Override
    public void follow(OdePath path) {
      path.followGrid();
    }

    @Override
    public boolean keepsToGrid() {
      return true;
    }
  }

  /**
   * The embedded pair of orders 5 and 4 of Dormand and Prince 1980 over ln σ. Each item has its own
   * steps and errors; the batch is evaluated until the last item has arrived.
   *
   * @param absoluteTolerance of a value of x, whose variance is about 1
   * @param relativeTolerance as a part of it
   */
  @Variant(
      value = "adaptive",
      description =
          "steps that each image chooses for itself, by Dormand and Prince's pair of orders 5 and"
              + " 4")
  record Adaptive(
      @Key(value = "error of a value that a step may make", range = "[0.000001, 1]")
          double absoluteTolerance,
      @Key(value = "the same as a part of the value", range = "[0.000001, 1]")
          double relativeTolerance)
      implements OdeSteps {
    /** A hundredth of an 8-bit level. */
    public static final Adaptive DEFAULTS = new Adaptive(1e-4, 1e-4);

    private static final long serialVersionUID = 1L;

    /** Below this the rounding of float decides the steps. */
    private static final double LEAST = 1e-6;

    /** Checks the ranges. */
    public Adaptive {
      checkArgument(
          absoluteTolerance >= LEAST && absoluteTolerance <= 1,
          "absolute-tolerance must be in [1e-6, 1], got %s",
          absoluteTolerance);
      checkArgument(
          relativeTolerance >= LEAST && relativeTolerance <= 1,
          "relative-tolerance must be in [1e-6, 1], got %s",
          relativeTolerance);
    }

    @Override
    public void follow(OdePath path) {
      new AdaptiveSteps(path, absoluteTolerance, relativeTolerance).takeAll();
    }

    @Override
    public boolean keepsToGrid() {
      return false;
    }
  }
}
