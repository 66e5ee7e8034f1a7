package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * The probability-flow ODE dx̄/dσ = (x̄ − x_0)/σ of x̄ = x/α over σ, the process' σ/α, both ways
 * and with the change of the density along it; Song et al. 2021 (arXiv:2011.13456), sec. 4.3 and
 * app. D.2. Data stand at the least noisy level, noise at the noisiest. One thread at a time.
 */
public final class ProbabilityFlow {
  private static final double LN_2PI = StrictMath.log(2 * Math.PI);

  private final Denoiser denoiser;
  private final TimeGrid down;
  private final TimeGrid up;
  private final OdeSteps steps;
  private final StepListener listener;
  private int[] evaluations = {};

  /**
   * @param denoiser that does not clip x_0: what is clipped cannot be found again
   * @param grid its levels, from the noisiest; clean data at its end are left out
   * @param steps along the grid, or between its ends
   * @param listener watches the steps
   */
  public ProbabilityFlow(Denoiser denoiser, TimeGrid grid, OdeSteps steps, StepListener listener) {
    this.denoiser = Objects.requireNonNull(denoiser);
    this.steps = Objects.requireNonNull(steps);
    this.listener = Objects.requireNonNull(listener);
    down = grid.withoutClean();
    up = down.upwards();
  }

  /** The noise that data come from: x at the noisiest level, about standard normal. */
  public Batch encode(Batch data, Condition condition) {
    return follow(up, scaled(data, alpha(up.level(0))), condition, null).x();
  }

  /** The data that come from noise. */
  public Batch decode(Batch noise, Condition condition) {
    OdePath path = follow(down, scaled(noise, 1), condition, null);
    return scaled(path.x(), 1 / alpha(down.level(down.steps())));
  }

  /** How often each item was evaluated in the last call. */
  public int[] evaluations() {
    return evaluations.clone();
  }

  private double alpha(double level) {
    return denoiser.process().alpha(level);
  }

  private static Batch scaled(Batch from, double factor) {
    Batch to = new Batch(from.count(), from.shape());
    for (int i = 0; i < from.data().length; i++) {
      to.data()[i] = (float) (factor * from.data()[i]);
    }
    return to;
  }

  private OdePath follow(TimeGrid grid, Batch x, Condition condition, Divergence divergence) {
    OdePath path = new OdePath(denoiser, grid, x, condition, listener, divergence);
    steps.follow(path);
    evaluations = path.evaluations();
    return path;
  }

  /**
   * ln p of each item of data at the least noisy level, in nats: that of its noise under N(0, I)
   * and the divergence of the flow on the way there.
   *
   * @param probes fills v with a direction for each item, of mean 0 and covariance I; called for
   *     each probe at every level, and gives the same each time
   * @param count of probes; with one for each element of an item, the unit vectors times √d, the
   *     trace is exact
   */
  public double[] logDensity(Batch data, Condition condition, ProbeSource probes, int count) {
    checkArgument(count >= 1, "probes must be at least 1, got %s", count);
    Batch x = scaled(data, alpha(up.level(0)));
    OdePath path = follow(up, x, condition, new Divergence(probes, count, data));
    double[] logDensity = path.logDensity();
    double scale = data.itemLength() * StrictMath.log(alpha(up.level(up.steps())));
    for (int n = 0; n < logDensity.length; n++) {
      logDensity[n] += scale + logNormal(x, n);
    }
    return logDensity;
  }

  private static double logNormal(Batch x, int item) {
    double squares = 0;
    for (int i = x.offset(item); i < x.offset(item + 1); i++) {
      squares += (double) x.data()[i] * x.data()[i];
    }
    return -0.5 * (squares + x.itemLength() * LN_2PI);
  }

  /** Where directions for the divergence come from. */
  @FunctionalInterface
  public interface ProbeSource {
    /**
     * Fills {@code v} with the directions of a probe.
     *
     * @param probe from 0; the same at every level
     */
    void fill(int probe, Batch v);
  }
}
