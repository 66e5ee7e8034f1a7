package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * The probability-flow ODE dx̄/dσ = (x̄ − x_0)/σ of x̄ = x/α over σ, the process' σ/α, both ways
 * and with the change of the density along it; Song et al. 2021 (arXiv:2011.13456), sec. 4.3 and
 * app. D.2, by Heun's method. Data stand at the least noisy level, noise at the noisiest. One
 * thread at a time.
 */
public final class ProbabilityFlow {
  private static final double LN_2PI = StrictMath.log(2 * Math.PI);

  private final Denoiser denoiser;
  private final TimeGrid down;
  private final TimeGrid up;
  private final StepListener listener;

  /**
   * @param denoiser that does not clip x_0: what is clipped cannot be found again
   * @param grid its levels, from the noisiest; clean data at its end are left out
   * @param listener watches the steps
   */
  public ProbabilityFlow(Denoiser denoiser, TimeGrid grid, StepListener listener) {
    this.denoiser = Objects.requireNonNull(denoiser);
    this.listener = Objects.requireNonNull(listener);
    down = grid.withoutClean();
    up = down.upwards();
  }

  /** The noise that data come from: x at the noisiest level, about standard normal. */
  public Batch encode(Batch data, Condition condition) {
    return solve(up, scaled(data, alpha(up.level(0))), condition);
  }

  /** The data that come from noise. */
  public Batch decode(Batch noise, Condition condition) {
    Batch x = solve(down, scaled(noise, 1), condition);
    return scaled(x, 1 / alpha(down.level(down.steps())));
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

  private Batch solve(TimeGrid grid, Batch x, Condition condition) {
    HeunSolver.DEFAULTS.solve(path(grid, x, condition));
    return x;
  }

  private Trajectory path(TimeGrid grid, Batch x, Condition condition) {
    NoiseSource none =
        (item, to, offset, length) -> {
          throw new IllegalStateException("the ODE draws no noise");
        };
    return new Trajectory(denoiser, grid, x, condition, none, listener);
  }

  /**
   * ln p of each item of data at the least noisy level, in nats: that of its noise under N(0, I)
   * and the divergence of the flow on the way there.
   *
   * @param probes fills v with a direction for each item, of mean 0 and covariance I; called at the
   *     beginning, and once more for each further probe
   * @param count of probes; with one for each element of an item, the unit vectors times √d, the
   *     trace is exact
   */
  public double[] logDensity(Batch data, Condition condition, ProbeSource probes, int count) {
    checkArgument(count >= 1, "probes must be at least 1, got %s", count);
    Batch x = scaled(data, alpha(up.level(0)));
    Trajectory path = path(up, x, condition);
    Divergence divergence = new Divergence(path, probes, count);
    SigmaSteps steps = new SigmaSteps(path, Churn.DEFAULTS, true);
    double[] logDensity = new double[data.count()];
    double[] begin = divergence.at(up.level(0));
    for (int i = 0; i < up.steps(); i++) {
      steps.takeUnchurned(i);
      double[] end = divergence.at(up.level(i + 1));
      double h = StrictMath.log(sigma(up.level(i + 1)) / sigma(up.level(i)));
      for (int n = 0; n < logDensity.length; n++) {
        logDensity[n] += 0.5 * h * (begin[n] + end[n]);
      }
      begin = end;
    }
    double scale = data.itemLength() * StrictMath.log(alpha(up.level(up.steps())));
    for (int n = 0; n < logDensity.length; n++) {
      logDensity[n] += scale + logNormal(x, n);
    }
    return logDensity;
  }

  private double sigma(double level) {
    return denoiser.process().noiseLevel(level);
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

  /** σ·Σ ∂ε_i/∂x̄_i by central differences of x_0 along the probes (Hutchinson). */
  private static final class Divergence {
    /** Steps as parts of σ: float rounds x_0, and its curvature counts, by 1e-4 of the result. */
    private static final double STEP = 0.02;

    private final Trajectory path;
    private final ProbeSource probes;
    private final int count;
    private final Batch v;
    private final Batch here;
    private final Reading above;
    private final Reading below;

    Divergence(Trajectory path, ProbeSource probes, int count) {
      this.path = path;
      this.probes = probes;
      this.count = count;
      v = path.newBatch();
      here = path.newBatch();
      above = path.newReading();
      below = path.newReading();
    }

    double[] at(double level) {
      NoiseProcess process = path.process();
      double sigma = process.sigma(level);
      double alpha = process.alpha(level);
      double step = STEP * sigma;
      double[] result = new double[v.count()];
      path.save(here);
      for (int p = 0; p < count; p++) {
        probes.fill(p, v);
        read(step, level, above);
        read(-step, level, below);
        for (int n = 0; n < result.length; n++) {
          double sum = 0;
          double square = 0;
          for (int i = v.offset(n); i < v.offset(n + 1); i++) {
            double slope = ((double) above.x0().data()[i] - below.x0().data()[i]) / (2 * step);
            sum += v.data()[i] * slope;
            square += (double) v.data()[i] * v.data()[i];
          }
          result[n] += (square - alpha * sum) / count; // times α/σ, times σ/α
        }
      }
      return result;
    }

    private void read(double step, double level, Reading to) {
      float[] xs = path.x().data();
      for (int i = 0; i < xs.length; i++) {
        xs[i] = (float) (here.data()[i] + step * v.data()[i]);
      }
      path.predict(level, to);
      System.arraycopy(here.data(), 0, xs, 0, xs.length);
    }
  }
}
