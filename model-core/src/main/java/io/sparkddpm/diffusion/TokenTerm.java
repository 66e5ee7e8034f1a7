package io.sparkddpm.diffusion;

import java.util.Arrays;

/**
 * One token's term of the variational bound, KL(q(x_s | x_t, x_0) ‖ p_θ(x_s | x_t)), and its slopes
 * by the p(x_0 | x_t) that p_θ is made of; Austin et al. 2021, eq. 1 and 4. Of the last step, whose
 * posterior is x_0 itself, it is −ln p_θ(x_0 | x_t). Arithmetic is in double. Holds the last
 * result; one thread at a time.
 */
public final class TokenTerm {
  private final TokenNoise noise;
  private final double[] slopes;
  private double nats;

  /** Of a process. */
  public TokenTerm(TokenNoise noise) {
    this.noise = noise;
    this.slopes = new double[noise.states()];
  }

  /**
   * Computes the term of a step.
   *
   * @param x0 the clean token
   * @param xt possible after it
   * @param predicted p(x_0 | x_t) of each state, 0 for the mask
   */
  public void evaluate(int x0, int xt, double[] predicted, Transition step) {
    Arrays.fill(slopes, 0);
    if (step.noiseTo() == 0) {
      nats = -StrictMath.log(predicted[x0]);
      slopes[x0] = -1 / predicted[x0];
      return;
    }
    double signal = TokenNoise.signalFrom(step);
    double own = noise.qSample(x0, xt, signal, step.noiseFrom());
    double seen = signal * predicted[xt] + step.noiseFrom() * noise.stationary(xt);
    nats = StrictMath.log(seen / own);
    for (int k = 0; k < slopes.length; k++) {
      double before = noise.qSample(x0, k, step.signalTo(), step.noiseTo());
      double posterior = noise.forward(k, xt, step) * before / own;
      if (posterior > 0) {
        double model = step.signalTo() * predicted[k] + step.noiseTo() * noise.stationary(k);
        nats += before == model ? 0 : posterior * StrictMath.log(before / model);
        slopes[k] = -posterior * step.signalTo() / model;
      }
    }
    slopes[xt] += signal / seen;
  }

  /** The term in nats; rounding may leave it a little below 0. */
  public double nats() {
    return nats;
  }

  /** Its slope by the probability of a state. */
  public double slope(int state) {
    return slopes[state];
  }
}
