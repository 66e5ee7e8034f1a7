package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * The variational bound on −log₂ p(x0) in bits per dimension, term by term: L_T (prior), L_{t−1}
 * for t = T−1 … 1, and the discretised decoder L_0; Ho et al. 2020, eq. 5. Threads may share it.
 */
public final class VariationalBound {
  private final GaussianDiffusion diffusion;

  /**
   * Bits per dimension, means over the images.
   *
   * @param terms the term of each timestep, t=0 being the decoder; length T
   * @param prior L_T
   */
  public record Bits(double[] terms, double prior) {
    /** The bound: prior and all terms. */
    public double total() {
      return prior + Arrays.stream(terms).sum();
    }
  }

  /** Of a diffusion process. */
  public VariationalBound(GaussianDiffusion diffusion) {
    this.diffusion = diffusion;
  }

  /**
   * Weight of ‖ε − ε_θ‖² in L_{t−1} (nats): β²/(2σ²α(1−ᾱ)); Ho et al. 2020, eq. 12. At t=0, which
   * has a decoder instead, σ² is the decoder's variance.
   */
  public double epsilonWeight(int t) {
    double beta = diffusion.schedule().beta(t);
    return beta
        * beta
        / (2
            * diffusion.pVariance(t)
            * diffusion.schedule().alpha(t)
            * diffusion.schedule().oneMinusAlphaCumprod(t));
  }

  /** KL(q(x_T | x_0) ‖ N(0, 1)) of one element, in bits. */
  public double prior(double x0) {
    int last = diffusion.steps() - 1;
    double mean = diffusion.schedule().sqrtAlphaCumprod(last) * x0;
    double variance = diffusion.schedule().oneMinusAlphaCumprod(last);
    return 0.5 * (variance + mean * mean - 1.0 - StrictMath.log(variance)) / BoundTerm.LN2;
  }

  /**
   * One element's term at timestep t, in bits: the divergence of p_θ from the posterior, or the
   * decoder's cost at t=0. With a learned variance where v is 0.
   *
   * @param predictedX0 the x_0 that the denoiser sees in {@code xt}
   */
  public double term(double x0, double xt, double predictedX0, int t) {
    BoundTerm term = new BoundTerm(diffusion);
    term.evaluate(x0, xt, predictedX0, 0, t);
    return term.bits();
  }

  /**
   * The bound of a batch, with one draw of the noise for every item and timestep. It does not
   * depend on how items are grouped into batches.
   *
   * @param denoiser on the same process
   * @param x0 8-bit values rescaled to [-1, 1], at least one item
   * @param condition of each item
   * @param ids the items' ids, which choose their noise; length N
   * @param seed of the noise
   */
  public Bits evaluate(Denoiser denoiser, Batch x0, Condition condition, long[] ids, long seed) {
    checkArgument(x0.count() >= 1, "the bound of no image is not defined");
    checkArgument(
        ids.length == x0.count(), "ids must have length %s, got %s", x0.count(), ids.length);
    int length = x0.data().length;
    Batch epsilon = x0.like();
    Batch xt = x0.like();
    boolean learned = denoiser.variance().isLearned();
    Reading reading =
        learned
            ? Reading.ofX0AndVariance(x0.count(), x0.shape())
            : Reading.ofX0(x0.count(), x0.shape());
    BoundTerm term = new BoundTerm(diffusion);
    int[] timesteps = new int[x0.count()];
    double[] levels = new double[x0.count()];
    double[] terms = new double[diffusion.steps()];
    for (int t = 0; t < terms.length; t++) {
      Arrays.fill(timesteps, t);
      Arrays.fill(levels, t);
      for (int n = 0; n < x0.count(); n++) {
        RandomStream.of(seed, Purpose.NOISE, t, ids[n])
            .fillGaussian(epsilon.data(), epsilon.offset(n), epsilon.itemLength());
      }
      diffusion.qSample(x0, timesteps, epsilon, xt);
      denoiser.predict(xt, levels, condition, reading);
      double sum = 0;
      for (int i = 0; i < length; i++) {
        double v = learned ? reading.variance().data()[i] : 0;
        term.evaluate(x0.data()[i], xt.data()[i], reading.x0().data()[i], v, t);
        sum += term.bits();
      }
      terms[t] = sum / length;
    }
    double prior = 0;
    for (int i = 0; i < length; i++) {
      prior += prior(x0.data()[i]);
    }
    return new Bits(terms, prior / length);
  }
}
