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
  private final Conversion[] predictionToX0;

  /** For a schedule, with the network's output read as {@code config} says. */
  public GaussianDiffusion(NoiseSchedule schedule, DiffusionConfig config) {
    this.schedule = Objects.requireNonNull(schedule);
    this.config = Objects.requireNonNull(config);
    int steps = schedule.steps();
    predictionToX0 = new Conversion[steps];
    for (int t = 0; t < steps; t++) {
      predictionToX0[t] = Conversion.of(schedule, t, config.prediction(), PredictionType.X0);
    }
  }

  /** The schedule's tables. */
  public NoiseSchedule schedule() {
    return schedule;
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

  /** Variance of q(x_{t−1} | x_t, x_0), β̃_t; Ho et al. 2020, eq. 7. */
  public double qPosteriorVariance(int t) {
    return schedule.posteriorVariance(t);
  }

  /**
   * What the network ought to say.
   *
   * @param x0 clean element
   * @param xt noised element
   * @param epsilon the noise in it
   */
  public double target(double x0, double xt, double epsilon, int t) {
    return switch (config.prediction()) {
      case EPSILON -> epsilon;
      case X0 -> x0;
      case V -> schedule.sqrtAlphaCumprod(t) * epsilon - schedule.sqrtOneMinusAlphaCumprod(t) * x0;
      case MU -> qPosteriorMean(x0, xt, t);
    };
  }

  /**
   * What the network ought to say, for a batch.
   *
   * @param target receives the target, the shape of {@code x0}; may be {@code epsilon}
   */
  public void target(Batch x0, Batch xt, Batch epsilon, int[] timesteps, Batch target) {
    checkBatch("xt", xt, x0, timesteps);
    checkBatch("epsilon", epsilon, x0, timesteps);
    checkBatch("target", target, x0, timesteps);
    for (int n = 0; n < x0.count(); n++) {
      int t = timesteps[n];
      for (int i = x0.offset(n); i < x0.offset(n + 1); i++) {
        target.data()[i] = (float) target(x0.data()[i], xt.data()[i], epsilon.data()[i], t);
      }
    }
  }

  /** A prediction of any kind read as another. */
  public double convert(PredictionType from, PredictionType to, double value, double xt, int t) {
    return Conversion.of(schedule, t, from, to).apply(xt, value);
  }

  /**
   * The x0 that the network's output stands for, clipped to [-1, 1] if the configuration says so.
   */
  public double predictedX0(double xt, double prediction, int t) {
    double x0 = predictionToX0[t].apply(xt, prediction);
    return config.clipX0() ? Math.max(-1.0, Math.min(1.0, x0)) : x0;
  }

  /**
   * Mean of p_θ(x_{t−1} | x_t): the posterior mean at the predicted (and clipped) x0, as in the
   * official code.
   */
  public double pMean(double xt, double prediction, int t) {
    return qPosteriorMean(predictedX0(xt, prediction, t), xt, t);
  }

  /**
   * Variance of p_θ(x_{t−1} | x_t): β_t or β̃_t; at t=0, where no noise is added, that of the
   * decoder, which is β̃_1 for both as in the official code.
   */
  public double pVariance(int t) {
    return StrictMath.exp(pLogVariance(t));
  }

  /** ln of {@link #pVariance}. */
  public double pLogVariance(int t) {
    return switch (config.variance()) {
      case BETA ->
          t == 0 ? schedule.posteriorLogVarianceClipped(0) : StrictMath.log(schedule.beta(t));
      case BETA_TILDE -> schedule.posteriorLogVarianceClipped(t);
    };
  }

  /**
   * Mean of p_θ(x_{t−1} | x_t) for a batch.
   *
   * @param xt noised images [N, C, H, W]
   * @param timesteps t of each image, length N
   * @param prediction the network's output
   * @param predictedX0 receives the predicted x0; may be {@code prediction}
   * @param mean receives the mean; may be {@code xt}
   * @return the variance of each image's elements, length N
   */
  public double[] pMeanVariance(
      Batch xt, int[] timesteps, Batch prediction, Batch predictedX0, Batch mean) {
    checkBatch("prediction", prediction, xt, timesteps);
    checkBatch("predictedX0", predictedX0, xt, timesteps);
    checkBatch("mean", mean, xt, timesteps);
    double[] variance = new double[xt.count()];
    for (int n = 0; n < xt.count(); n++) {
      int t = timesteps[n];
      variance[n] = pVariance(t);
      for (int i = xt.offset(n); i < xt.offset(n + 1); i++) {
        double x0 = predictedX0(xt.data()[i], prediction.data()[i], t);
        mean.data()[i] = (float) qPosteriorMean(x0, xt.data()[i], t);
        predictedX0.data()[i] = (float) x0;
      }
    }
    return variance;
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
