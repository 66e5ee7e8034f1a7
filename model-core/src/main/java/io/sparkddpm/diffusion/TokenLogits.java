package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Sequences of tokens in batches. A network sees one as [states, …] with a 1 in the channel of each
 * place's state, and gives a logit for each state in the same shape: p(x_0 | x_t) is their softmax
 * over the tokens, without the mask. Where x_t cannot be noise, x_0 is x_t for certain, whatever
 * the logits (Sahoo et al. 2024, arXiv:2406.07524, sec. 3.2.3). Holds the place last read.
 * Arithmetic is in double. One thread at a time.
 */
public final class TokenLogits {
  private final TokenNoise noise;
  private final int tokens;
  private final double[] probabilities;
  private boolean certain;
  private double logTotal;

  /** Of a process. */
  public TokenLogits(TokenNoise noise) {
    this.noise = noise;
    tokens = noise.tokens();
    probabilities = new double[noise.states()];
  }

  /** Number of places of a sequence with so many states. */
  public static int places(Batch batch) {
    return batch.itemLength() / batch.channels();
  }

  /**
   * Reads the logits of a place.
   *
   * @param output [N, states, …]
   * @param xt the place's state
   * @return p(x_0 | x_t) of each state, 0 for the mask; good until the next call
   */
  public double[] read(Batch output, int item, int place, int xt) {
    certain = !noise.isNoise(xt);
    if (certain) {
      Arrays.fill(probabilities, 0);
      probabilities[xt] = 1;
      return probabilities;
    }
    int places = places(output);
    float[] logits = output.data();
    int from = output.offset(item) + place;
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < tokens; k++) {
      largest = Math.max(largest, logits[from + k * places]);
    }
    double total = 0;
    for (int k = 0; k < tokens; k++) {
      probabilities[k] = StrictMath.exp(logits[from + k * places] - largest);
      total += probabilities[k];
    }
    for (int k = 0; k < tokens; k++) {
      probabilities[k] /= total;
    }
    logTotal = largest + StrictMath.log(total);
    return probabilities;
  }

  /** Puts a value into the channel of a state of a place. */
  public static void put(Batch batch, int item, int place, int state, float value) {
    batch.data()[batch.offset(item) + place + state * places(batch)] = value;
  }

  /** Whether x_0 of the place last read does not depend on the logits. */
  public boolean isCertain() {
    return certain;
  }

  /** ln p(x_0 = token | x_t) of the place last read, unless that is certain. */
  public double logProbability(Batch output, int item, int place, int token) {
    return output.data()[output.offset(item) + place + token * places(output)] - logTotal;
  }

  /** Copies the values of all states of a place. */
  public static void copy(Batch batch, int item, int place, double[] to) {
    int places = places(batch);
    int from = batch.offset(item) + place;
    for (int k = 0; k < to.length; k++) {
      to[k] = batch.data()[from + k * places];
    }
  }

  /**
   * The state of a place of a sequence that a network sees; of several equals the first.
   *
   * @param oneHot [N, states, …], or probabilities in its shape
   */
  public static int state(Batch oneHot, int item, int place) {
    int places = places(oneHot);
    int from = oneHot.offset(item) + place;
    int best = 0;
    for (int k = 1; k < oneHot.channels(); k++) {
      best = oneHot.data()[from + k * places] > oneHot.data()[from + best * places] ? k : best;
    }
    return best;
  }

  /**
   * Puts a state into a place of a sequence that a network sees.
   *
   * @param oneHot [N, states, …]
   */
  public static void set(Batch oneHot, int item, int place, int state) {
    int places = places(oneHot);
    int from = oneHot.offset(item) + place;
    for (int k = 0; k < oneHot.channels(); k++) {
      oneHot.data()[from + k * places] = k == state ? 1 : 0;
    }
  }
}
