package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * The forward process q and the reverse process p_θ of Ho et al. 2020, in the paper's words.
 * Timesteps are zero-based. Scalar methods take one element; all dimensions are independent.
 * Arithmetic is in double, images are float. Immutable; threads may share it.
 */
public final class GaussianDiffusion {
  private final NoiseSchedule schedule;
  private final DiffusionConfig config;
  private final DiscreteProcess process;
  private final Target[] targets;
  private final double[] logVariances;
  private final double[] logVarianceSlopes;

  /** For a schedule, with the network's output read as {@code config} says. */
  public GaussianDiffusion(NoiseSchedule schedule, DiffusionConfig config) {
    this.schedule = Objects.requireNonNull(schedule);
    this.config = Objects.requireNonNull(config);
    process = new DiscreteProcess(schedule);
    targets = new Target[schedule.steps()];
    logVariances = new double[schedule.steps()];
    logVarianceSlopes = new double[schedule.steps()];
    Variance variance = config.variance().variance();
    for (int t = 0; t < schedule.steps(); t++) {
      targets[t] = config.prediction().head().target(process, t);
      Transition step = t == 0 ? decoder() : process.transitions(new double[] {t, t - 1})[0];
      logVariances[t] =
          t == 0 && !variance.isLearned()
              ? schedule.posteriorLogVarianceClipped(0)
              : variance.logVariance(step);
      logVarianceSlopes[t] = variance.slope(step);
    }
  }

  /** The last step, with the β̃ of the one before it in place of 0, as the official code has it. */
  private Transition decoder() {
    double beta = schedule.beta(0);
    double posterior = schedule.steps() == 1 ? beta : schedule.posteriorVariance(1);
    return new Transition(0, NoiseProcess.CLEAN, beta, 1, posterior, beta);
  }

  /** The schedule's tables. */
  public NoiseSchedule schedule() {
    return schedule;
  }

  /** The same as a process with levels. */
  public NoiseProcess process() {
    return process;
  }

  /** How predictions are read. */
  public DiffusionConfig config() {
    return config;
  }

  /** Number of timesteps T. */
  public int steps() {
    return schedule.steps();
  }

  /** x_t for a clean element and its noise; Ho et al. 2020, eq. 4. */
  public double qSample(double x0, int t, double epsilon) {
    return schedule.sqrtAlphaCumprod(t) * x0 + schedule.sqrtOneMinusAlphaCumprod(t) * epsilon;
  }

  /**
   * x_t for a batch; Ho et al. 2020, eq. 4.
   *
   * @param x0 clean images [N, C, H, W] in [-1, 1]
   * @param timesteps t of each image, length N
   * @param epsilon standard normal noise, the shape of {@code x0}
   * @param xt receives the noised images; may be {@code x0} or {@code epsilon}
   */
  public void qSample(Batch x0, int[] timesteps, Batch epsilon, Batch xt) {
    checkBatch("epsilon", epsilon, x0, timesteps);
    checkBatch("xt", xt, x0, timesteps);
    for (int n = 0; n < x0.count(); n++) {
      int t = timesteps[n];
      for (int i = x0.offset(n); i < x0.offset(n + 1); i++) {
        xt.data()[i] = (float) qSample(x0.data()[i], t, epsilon.data()[i]);
      }
    }
  }

  /** Mean of q(x_{t−1} | x_t, x_0); Ho et al. 2020, eq. 7. */
  public double qPosteriorMean(double x0, double xt, int t) {
    return schedule.posteriorMeanCoefX0(t) * x0 + schedule.posteriorMeanCoefXt(t) * xt;
  }

  /**
   * The training target of one element.
   *
   * @param x0 clean element
   * @param xt noised element
   * @param epsilon the noise in it
   */
  public double target(double x0, double xt, double epsilon, int t) {
    return targets[t].of(x0, xt, epsilon);
  }

  /**
   * The training target of a batch.
   *
   * @param target receives the target, the shape of {@code x0}; may be {@code epsilon}
   */
  public void target(Batch x0, Batch xt, Batch epsilon, int[] timesteps, Batch target) {
    checkBatch("xt", xt, x0, timesteps);
    checkBatch("epsilon", epsilon, x0, timesteps);
    checkBatch("target", target, x0, timesteps);
    for (int n = 0; n < x0.count(); n++) {
      Target at = targets[timesteps[n]];
      for (int i = x0.offset(n); i < x0.offset(n + 1); i++) {
        target.data()[i] = (float) at.of(x0.data()[i], xt.data()[i], epsilon.data()[i]);
      }
    }
  }

  /**
   * Variance of p_θ(x_{t−1} | x_t): β_t or β̃_t; at t=0, where no noise is added, that of the
   * decoder, which is β̃_1 for both as in the official code. For a learned one where v is 0.
   */
  public double pVariance(int t) {
    return StrictMath.exp(pLogVariance(t));
  }

  /** ln of {@link #pVariance}. */
  public double pLogVariance(int t) {
    return logVariances[t];
  }

  /**
   * ln of the variance of p_θ(x_{t−1} | x_t) of one element.
   *
   * @param v what the network gives for it; of no effect where the variance is fixed
   */
  public double pLogVariance(int t, double v) {
    return logVariances[t] + logVarianceSlopes[t] * v;
  }

  /** Slope of {@link #pLogVariance(int, double)} by v; 0 where the variance is fixed. */
  double pLogVarianceSlope(int t) {
    return logVarianceSlopes[t];
  }

  private void checkBatch(String name, Batch batch, Batch like, int[] timesteps) {
    checkArgument(batch.sameShape(like), "%s must have the shape of %s, got %s", name, like, batch);
    checkArgument(
        timesteps.length == like.count(),
        "timesteps must have length %s, got %s",
        like.count(),
        timesteps.length);
  }
}
