package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;

/**
 * The forward process of tokens, as discrete diffusion has it; Austin et al. 2021
 * (arXiv:2107.03006), app. A.2: in a step a token stays with probability 1 − β and is otherwise
 * drawn from π, so that Q = (1 − β)·I + β·1πᵀ and, over all steps, Q̄ = ᾱ·I + (1 − ᾱ)·1πᵀ. A
 * schedule's β and ᾱ, and the {@link Transition} between two levels, are those of Gaussian noise:
 * {@code signal} is the probability of having stayed. Every position of a sequence is independent.
 *
 * <p>A state is a token or, where there is one, the mask, which comes last. Arithmetic is in
 * double; methods cost O(states). Immutable; threads may share it.
 */
public final class TokenNoise implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int tokens;
  private final double[] stationary;

  private TokenNoise(int tokens, double[] stationary) {
    this.tokens = tokens;
    this.stationary = stationary;
  }

  /**
   * Noise that is any token, each as likely.
   *
   * @param tokens K, at least 2
   */
  public static TokenNoise uniform(int tokens) {
    checkArgument(tokens >= 2, "tokens must be at least 2, got %s", tokens);
    double[] stationary = new double[tokens];
    Arrays.fill(stationary, 1.0 / tokens);
    return new TokenNoise(tokens, stationary);
  }

  /**
   * Noise that is the mask, a state of its own.
   *
   * @param tokens states without the mask, at least 1
   */
  public static TokenNoise absorbing(int tokens) {
    checkArgument(tokens >= 1, "tokens must be at least 1, got %s", tokens);
    double[] stationary = new double[tokens + 1];
    stationary[tokens] = 1;
    return new TokenNoise(tokens, stationary);
  }

  /** States of data, which come first. */
  public int tokens() {
    return tokens;
  }

  /** States of x_t: the tokens, and the mask where there is one. */
  public int states() {
    return stationary.length;
  }

  /** π of a state: how likely noise is it. */
  public double stationary(int state) {
    return stationary[state];
  }

  /** Whether noise can be this state; where not, it is the clean token itself. */
  public boolean isNoise(int state) {
    return stationary[state] > 0;
  }

  /**
   * q(x_t | x_0), an entry of Q̄.
   *
   * @param signal ᾱ_t
   * @param noise 1 − ᾱ_t
   */
  public double qSample(int x0, int xt, double signal, double noise) {
    return kept(x0 == xt, signal) + noise * stationary[xt];
  }

  /**
   * Draws x_t.
   *
   * @param noise 1 − ᾱ_t
   * @param uniform in [0, 1)
   */
  public int draw(int x0, double noise, double uniform) {
    return uniform < noise ? drawNoise(uniform / noise) : x0;
  }

  /**
   * Draws from π.
   *
   * @param uniform in [0, 1)
   */
  public int drawNoise(double uniform) {
    return draw(stationary, uniform);
  }

  /**
   * The state in which the sum of weights passes a share of the total.
   *
   * @param weights not negative, with a sum above 0, of any scale
   * @param uniform in [0, 1)
   */
  public static int draw(double[] weights, double uniform) {
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    double left = uniform * total;
    int last = 0;
    for (int k = 0; k < weights.length; k++) {
      if (weights[k] > 0) {
        last = k;
        left -= weights[k];
        if (left < 0) {
          return k;
        }
      }
    }
    return last; // a rounding away from the end
  }

  /**
   * q(x_s | x_t, x_0); Austin et al. 2021, eq. 3.
   *
   * @param xt possible after x_0
   * @param posterior receives the probability of each state
   * @throws IllegalArgumentException if x_t is not possible
   */
  public void posterior(int x0, int xt, Transition step, double[] posterior) {
    double total = qSample(x0, xt, signalFrom(step), step.noiseFrom());
    checkArgument(total > 0, "x_t = %s cannot come from x_0 = %s", xt, x0);
    for (int k = 0; k < posterior.length; k++) {
      double before = qSample(x0, k, step.signalTo(), step.noiseTo());
      posterior[k] = forward(k, xt, step) * before / total;
    }
  }

  /**
   * p_θ(x_s | x_t) ∝ Σ_{x_0} p(x_0 | x_t)·q(x_s, x_t | x_0); Austin et al. 2021, eq. 4. It is a sum
   * of joint probabilities, not a mean of posteriors. Where s is without noise it is p(x_0 | x_t)
   * itself, as in the paper's code.
   *
   * @param x0 p(x_0 | x_t) of each state, 0 for the mask
   * @param xt possible after one of them
   * @param reverse receives the probability of each state; must not be {@code x0}
   * @throws IllegalArgumentException if x_t is not possible
   */
  public void reverse(double[] x0, int xt, Transition step, double[] reverse) {
    if (step.noiseTo() == 0) {
      System.arraycopy(x0, 0, reverse, 0, reverse.length);
      return;
    }
    double total = signalFrom(step) * x0[xt] + step.noiseFrom() * stationary[xt];
    checkArgument(total > 0, "x_t = %s cannot come from any x_0", xt);
    for (int k = 0; k < reverse.length; k++) {
      double before = step.signalTo() * x0[k] + step.noiseTo() * stationary[k];
      reverse[k] = forward(k, xt, step) * before / total;
    }
  }

  /**
   * KL(q(x_T | x_0) ‖ π) in nats, the bound's L_T; infinite where q can be what noise is not.
   *
   * @param x0 a token
   * @param signal ᾱ_T
   * @param noise 1 − ᾱ_T
   */
  public double prior(int x0, double signal, double noise) {
    Objects.checkIndex(x0, tokens);
    double sum = 0;
    for (int k = 0; k < stationary.length; k++) {
      double q = qSample(x0, k, signal, noise);
      sum += q > 0 ? q * StrictMath.log(q / stationary[k]) : 0;
    }
    return sum;
  }

  /** q(x_t | x_s), an entry of Q. */
  double forward(int xs, int xt, Transition step) {
    return kept(xs == xt, 1 - step.beta()) + step.beta() * stationary[xt];
  }

  /** ᾱ_t. */
  static double signalFrom(Transition step) {
    return step.signalTo() * (1 - step.beta());
  }

  private static double kept(boolean same, double probability) {
    return same ? probability : 0;
  }
}
