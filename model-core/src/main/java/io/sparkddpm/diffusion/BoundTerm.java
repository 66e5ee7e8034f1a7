package io.sparkddpm.diffusion;

/**
 * One element's term of the variational bound in bits, and its slopes; Ho et al. 2020, eq. 5, with
 * any variance. All arithmetic is in double. Holds the last result, and what the next element may
 * share; one thread at a time.
 */
public final class BoundTerm {
  static final double LN2 = 0.6931471805599453;

  private static final double LOG_2_PI = 1.8378770664093453;

  private final GaussianDiffusion diffusion;
  private final DecoderType decoder;
  private double bits;
  private double byMean;
  private double byLogVariance;
  private int step = -1;
  private double logPosterior;
  private double logVariance;
  private double ratio;
  private double precision;

  /** Of values of 8 bits. */
  public BoundTerm(GaussianDiffusion diffusion) {
    this(diffusion, DecoderType.DISCRETIZED);
  }

  /**
   * Of a diffusion process.
   *
   * @param decoder of the term of t=0
   */
  public BoundTerm(GaussianDiffusion diffusion, DecoderType decoder) {
    this.diffusion = diffusion;
    this.decoder = decoder;
  }

  /**
   * Computes the term of timestep t: the divergence of p_θ from the posterior, or the decoder's
   * cost at t=0.
   *
   * @param predictedX0 the x_0 that the denoiser sees in {@code xt}
   * @param v what the network gives for the variance; of no effect where that is fixed
   */
  public void evaluate(double x0, double xt, double predictedX0, double v, int t) {
    evaluateMean(x0, xt, diffusion.qPosteriorMean(predictedX0, xt, t), v, t);
  }

  /**
   * As {@link #evaluate}, for a mean of p_θ(x_{t−1} | x_t) that need not agree with any x_0.
   *
   * @param mean as the network gives it
   */
  void evaluateMean(double x0, double xt, double mean, double v, int t) {
    varianceOf(t, diffusion.pLogVariance(t, v));
    if (t == 0) {
      if (decoder == DecoderType.DENSITY) {
        density(x0 - mean);
      } else {
        discretized(x0, mean);
      }
      return;
    }
    double distance = diffusion.qPosteriorMean(x0, xt, t) - mean;
    double nats =
        0.5 * (logVariance - logPosterior - 1.0 + ratio + distance * distance * precision);
    bits = nats / LN2;
    byMean = -distance * precision / LN2;
    byLogVariance = 0.5 * (1.0 - ratio - distance * distance * precision) / LN2;
  }

  /** Computes what elements of one timestep share, and those of one variance, once for them all. */
  private void varianceOf(int t, double log) {
    boolean sameStep = t == step;
    if (!sameStep) {
      step = t;
      logPosterior = diffusion.schedule().posteriorLogVarianceClipped(t);
    }
    if (!sameStep || log != logVariance) {
      logVariance = log;
      ratio = StrictMath.exp(logPosterior - log);
      precision = StrictMath.exp(-log);
    }
  }

  private void density(double distance) {
    double squares = distance * distance * precision;
    bits = 0.5 * (LOG_2_PI + logVariance + squares) / LN2;
    byMean = -distance * precision / LN2;
    byLogVariance = 0.5 * (1.0 - squares) / LN2;
  }

  private void discretized(double x0, double mean) {
    double inverse = StrictMath.exp(-0.5 * logVariance);
    double above = inverse * (x0 - mean + DiscretizedGaussian.HALF_LEVEL);
    double below = inverse * (x0 - mean - DiscretizedGaussian.HALF_LEVEL);
    double probability = DiscretizedGaussian.probability(x0, above, below);
    bits = -DiscretizedGaussian.log(probability) / LN2;
    if (probability < DiscretizedGaussian.LEAST_PROBABILITY) { // a constant there
      byMean = 0;
      byLogVariance = 0;
      return;
    }
    double densityAbove =
        DiscretizedGaussian.isHighest(x0) ? 0 : DiscretizedGaussian.density(above);
    double densityBelow = DiscretizedGaussian.isLowest(x0) ? 0 : DiscretizedGaussian.density(below);
    double factor = 1 / (probability * LN2);
    byMean = factor * inverse * (densityAbove - densityBelow);
    byLogVariance = factor * 0.5 * (above * densityAbove - below * densityBelow);
  }

  /** The term. */
  public double bits() {
    return bits;
  }

  /** Its slope by the predicted x_0. */
  public double byPredictedX0() {
    return byMean * diffusion.schedule().posteriorMeanCoefX0(step);
  }

  /** Its slope by v; 0 where the variance is fixed. */
  public double byVariance() {
    return byLogVariance * diffusion.pLogVarianceSlope(step);
  }
}
