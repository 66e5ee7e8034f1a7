package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.Objects;

/**
 * A batch on its way through the levels of a grid: what a solver works on. It holds x, evaluates
 * the denoiser, notifies the listener and moves x; a solver chooses the coefficients. Arithmetic is
 * in double, x is float. Evaluating and moving allocate no batch. One thread at a time.
 */
public final class Trajectory {
  private static final double[] NO_FACTORS = {};
  private static final Batch[] NO_TERMS = {};

  private final Denoiser denoiser;
  private final TimeGrid grid;
  private final Batch x;
  private final Condition condition;
  private final NoiseSource noise;
  private final StepListener listener;
  private final double[] levels;
  private final float[] z;

  /**
   * @param x items at the first level of the grid, at least one; receives those at the last
   * @param condition of each item
   * @param noise z of each item, where a solver adds noise
   * @param listener notified once in each step
   */
  public Trajectory(
      Denoiser denoiser,
      TimeGrid grid,
      Batch x,
      Condition condition,
      NoiseSource noise,
      StepListener listener) {
    checkArgument(x.count() >= 1, "there is no item to denoise");
    checkArgument(
        condition.count() == x.count(),
        "the condition must be of %s items, got one of %s",
        x.count(),
        condition.count());
    this.denoiser = Objects.requireNonNull(denoiser);
    this.grid = Objects.requireNonNull(grid);
    this.x = x;
    this.condition = condition;
    this.noise = Objects.requireNonNull(noise);
    this.listener = Objects.requireNonNull(listener);
    this.levels = new double[x.count()];
    this.z = new float[x.itemLength()];
  }

  /** Number of steps. */
  public int steps() {
    return grid.steps();
  }

  /** A level of the grid, from 0, the first, to {@link #steps()}, the last. */
  public double level(int index) {
    return grid.level(index);
  }

  /** ln(α/σ) at a level of the grid; infinite at {@link NoiseProcess#CLEAN}. */
  double lambda(int index) {
    return 0.5 * process().logSnr(level(index));
  }

  /** What the levels mean. */
  public NoiseProcess process() {
    return denoiser.process();
  }

  /** The variance that belongs to the denoiser. */
  public Variance variance() {
    return denoiser.variance();
  }

  /** Whether the denoiser can give the mean of a step to the level that is one lower. */
  public boolean givesMean() {
    return denoiser.givesMean();
  }

  /** What each step of the grid does to α and σ. */
  public Transition[] transitions() {
    return denoiser.process().transitions(grid.levels());
  }

  /** The items as they are now. */
  public Batch x() {
    return x;
  }

  /** Room for x_0; a solver makes what it needs before its first step. */
  public Reading newReading() {
    return Reading.ofX0(x.count(), x.shape());
  }

  /** Room for x_0 and ε. */
  public Reading newReadingWithEpsilon() {
    return Reading.ofX0AndEpsilon(x.count(), x.shape());
  }

  /** Room for x_0 and v, where the variance is learned. */
  public Reading newReadingWithVariance() {
    return Reading.ofX0AndVariance(x.count(), x.shape());
  }

  /** Room for items; a solver makes what it needs before its first step. */
  public Batch newBatch() {
    return new Batch(x.count(), x.shape());
  }

  /** Evaluates the denoiser on x at the beginning of a step, and notifies the listener. */
  public void evaluate(int step, Reading reading) {
    evaluate(step, grid.level(step), reading);
  }

  /**
   * Evaluates the denoiser on x in a step, and notifies the listener.
   *
   * @param level of x, if it is not the one at which the step begins
   */
  public void evaluate(int step, double level, Reading reading) {
    predict(level, reading);
    listener.onStep(step, level, x, reading.x0());
  }

  /**
   * Evaluates the denoiser on x once more in a step, without notifying the listener.
   *
   * @param level of x
   */
  public void predict(double level, Reading reading) {
    Arrays.fill(levels, level);
    denoiser.predict(x, levels, condition, reading);
  }

  /** The noise of tokens that the items are. */
  TokenNoise tokenNoise() {
    return denoiser
        .tokenNoise()
        .orElseThrow(() -> new IllegalStateException("the items are no tokens"));
  }

  /** A uniform number in [0, 1) of an item. */
  double nextUniform(int item) {
    return noise.nextUniform(item);
  }

  /** Copies the items as they are now. */
  public void save(Batch to) {
    System.arraycopy(x.data(), 0, to.data(), 0, x.data().length);
  }

  /** Draws fresh noise of each item. */
  public void drawNoise(Batch to) {
    for (int n = 0; n < to.count(); n++) {
      noise.fill(n, to.data(), to.offset(n), to.itemLength());
    }
  }

  /** {@code x ← fromX·x + Σ factors·terms} with coefficients of each item. */
  public void moveItems(double[] fromX, double[][] factors, Batch[] terms) {
    float[] xs = x.data();
    for (int n = 0; n < x.count(); n++) {
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        double sum = fromX[n] * xs[i];
        for (int m = 0; m < terms.length; m++) {
          sum += factors[m][n] * terms[m].data()[i];
        }
        xs[i] = (float) sum;
      }
    }
  }

  /**
   * {@code x ← fromX·x + factor·term + sigma·exp(slope·v)·z}, element by element.
   *
   * @param sigma above 0
   */
  public void move(
      double fromX, double factor, Batch term, double sigma, double slope, Batch variance) {
    float[] xs = x.data();
    float[] terms = term.data();
    float[] vs = variance.data();
    for (int n = 0; n < x.count(); n++) {
      noise.fill(n, z, 0, z.length);
      int offset = x.offset(n);
      for (int j = 0; j < z.length; j++) {
        int i = offset + j;
        double mean = factor * terms[i] + fromX * xs[i];
        xs[i] = (float) (mean + sigma * StrictMath.exp(slope * vs[i]) * z[j]);
      }
    }
  }

  /** {@code x ← fromX·x + sigma·z}; no noise is drawn where sigma is 0. */
  void addNoise(double fromX, double sigma) {
    move(fromX, NO_FACTORS, NO_TERMS, sigma);
  }

  /** {@code x ← fromX·x + Σ factors·terms + sigma·z}; no noise is drawn where sigma is 0. */
  public void move(double fromX, double[] factors, Batch[] terms, double sigma) {
    float[] xs = x.data();
    for (int n = 0; n < x.count(); n++) {
      if (sigma > 0) {
        noise.fill(n, z, 0, z.length);
      }
      int offset = x.offset(n);
      for (int j = 0; j < z.length; j++) {
        int i = offset + j;
        double mean = fromX * xs[i];
        for (int m = 0; m < terms.length; m++) {
          mean += factors[m] * terms[m].data()[i];
        }
        xs[i] = (float) (sigma > 0 ? mean + sigma * z[j] : mean);
      }
    }
  }
}
