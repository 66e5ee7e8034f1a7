package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;

/**
 * A way from noise to data along the levels of a grid. It knows a denoiser and may evaluate it as
 * often as it likes; what the denoiser is made of (a network and its head, guidance, a closed form)
 * and what the items are it does not know.
 *
 * <p>To add a solver, write a record with a {@link io.sparkddpm.config.Variant} whose components
 * are its options, with a constructor that checks them, and list it here. {@link AncestralSolver}
 * is the smallest example of one with a single evaluation a step. {@link #solve} gets its
 * coefficients from {@link Trajectory#transitions} or from α, σ and the log-SNR of {@link
 * Trajectory#process}, makes the readings that it needs, and then evaluates and moves, step by
 * step. Three rules keep an item independent of its batch: step sizes and error control are per
 * item, all noise comes from the trajectory's source, and every evaluation is of the whole batch.
 * Implementations are immutable; threads may share them.
 */
@OneOf({
  AncestralSolver.class,
  DdimSolver.class,
  DpmSolver.class,
  DpmSingleStepSolver.class,
  UniPcSolver.class,
  EulerSolver.class,
  HeunSolver.class,
  EulerMaruyamaSolver.class,
  ReverseDiffusionSolver.class,
  PredictorCorrectorSolver.class,
  RePaintSolver.class,
  TokenSolver.class
})
public interface Solver extends Serializable {
  /**
   * Takes the items from the first level of the grid to the last. Allocates its batches before the
   * first step.
   *
   * @throws io.sparkddpm.error.TrainingDivergedException if a prediction is not finite
   */
  void solve(Trajectory path);

  /**
   * How often an item is evaluated along a grid of so many steps that ends with clean data.
   *
   * @param steps at least 1
   */
  default int evaluations(int steps) {
    return steps;
  }

  /** Whether it draws tokens, with noise of their kind. */
  default boolean isOfTokens() {
    return false;
  }

  /** Whether items that begin alike end differently, by noise that is drawn on the way. */
  boolean addsNoise();

  /**
   * Draws items.
   *
   * @param noise x of the first level of each item, then its z
   * @param condition of each item; as many are drawn
   * @param shape of an item
   * @return in [-1, 1] if the denoiser clips x_0, the grid ends without noise and the last step is
   *     not to a mean that the network gives
   */
  default Batch sample(
      Denoiser denoiser,
      TimeGrid grid,
      NoiseSource noise,
      Condition condition,
      Shape shape,
      StepListener listener) {
    Batch x = new Batch(condition.count(), shape);
    for (int n = 0; n < x.count(); n++) {
      noise.fill(n, x.data(), x.offset(n), x.itemLength());
    }
    solve(new Trajectory(denoiser, grid, x, condition, noise, listener));
    return x;
  }
}
