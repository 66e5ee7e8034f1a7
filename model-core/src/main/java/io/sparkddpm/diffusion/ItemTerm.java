package io.sparkddpm.diffusion;

/**
 * Adds up one item at one timestep, element by element: its term of the bound and how well ε and
 * x_0 are seen in it. All arithmetic is in double. One thread at a time.
 */
final class ItemTerm {
  private final BoundTerm term;
  private final GaussianDiffusion diffusion;
  private int t;
  private double signal;
  private double noise;
  private long elements;
  private double bits;
  private double epsilonSquares;
  private double x0Squares;

  /** Of a diffusion process. */
  ItemTerm(GaussianDiffusion diffusion, DecoderType decoder) {
    this.diffusion = diffusion;
    this.term = new BoundTerm(diffusion, decoder);
  }

  /** Begins another item. */
  void begin(int timestep) {
    t = timestep;
    signal = diffusion.schedule().sqrtAlphaCumprod(t);
    noise = diffusion.schedule().sqrtOneMinusAlphaCumprod(t);
    elements = 0;
    bits = 0;
    epsilonSquares = 0;
    x0Squares = 0;
  }

  /**
   * Adds an element.
   *
   * @param epsilon the noise in {@code xt}
   * @param predictedX0 the x_0 that the denoiser sees in {@code xt}
   * @param v what the network gives for the variance; of no effect where that is fixed
   */
  void add(double x0, double xt, double epsilon, double predictedX0, double v) {
    add(x0, xt, epsilon, predictedX0, diffusion.qPosteriorMean(predictedX0, xt, t), v);
  }

  /**
   * Adds an element whose mean the network gives, which a clipped x_0 does not change.
   *
   * @param mean of p_θ(x_{t−1} | x_t)
   */
  void add(double x0, double xt, double epsilon, double predictedX0, double mean, double v) {
    term.evaluateMean(x0, xt, mean, v, t);
    double epsilonError = (xt - signal * predictedX0) / noise - epsilon;
    double x0Error = predictedX0 - x0;
    bits += term.bits();
    epsilonSquares += epsilonError * epsilonError;
    x0Squares += x0Error * x0Error;
    elements++;
  }

  /** The term in bits per element. */
  double bits() {
    return bits / elements;
  }

  /** Mean squared error of the ε that agrees with the predicted x_0. */
  double epsilonError() {
    return epsilonSquares / elements;
  }

  /** Mean squared error of x_0. */
  double x0Error() {
    return x0Squares / elements;
  }
}
