package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.diffusion.TokenTerm;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * The variational bound of tokens, and the cross-entropy of x_0, both in bits for a token. Its data
 * are the numbers of tokens, [1, …]; the network sees x_t, drawn here, and gives logits of x_0,
 * both [states, …] (see {@link TokenLogits}). Where others report a squared error of the
 * prediction, it reports the cross-entropy. Arithmetic is in double.
 */
final class TokenError implements Objective {
  private static final double LN2 = StrictMath.log(2);

  private final TokenNoise noise;
  private final Transition[] steps;
  private final double boundFactor;
  private final double lambda;
  private final TokenLogits logits;
  private final TokenTerm term;
  private final double[] slopes;
  private int[] xt = new int[0];
  private Batch seen;

  /**
   * @param diffusion of tokens
   * @param lambda factor on the cross-entropy
   */
  TokenError(GaussianDiffusion diffusion, double lambda) {
    this.noise = diffusion.config().noise().tokenNoise().orElseThrow();
    this.steps = diffusion.process().unitSteps();
    this.boundFactor = diffusion.steps();
    this.lambda = lambda;
    this.logits = new TokenLogits(noise);
    this.term = new TokenTerm(noise);
    this.slopes = new double[noise.states()];
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    Objective.requireShape(data.withDim(0, noise.states()), output);
  }

  /** x_t as the network sees it, each place drawn by a number of its item's own stream. */
  @Override
  public NetworkInput input(TrainingBatch batch) {
    Batch x0 = batch.x0();
    Shape shape = x0.shape().withDim(0, noise.states());
    if (seen == null || seen.count() != x0.count() || !seen.shape().equals(shape)) {
      seen = new Batch(x0.count(), shape);
      xt = new int[x0.data().length];
    }
    for (int n = 0; n < x0.count(); n++) {
      RandomStream stream = batch.stream(Purpose.TOKEN_NOISE, n);
      double noised = steps[batch.timestep(n)].noiseFrom();
      for (int j = 0; j < x0.itemLength(); j++) {
        int i = x0.offset(n) + j;
        xt[i] = noise.draw((int) x0.data()[i], noised, stream.nextDouble());
        TokenLogits.set(seen, n, j, xt[i]);
      }
    }
    NetworkInput given = batch.input();
    return new NetworkInput(seen, given.levels(), given.condition(), given.dropoutKeys());
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    checkOutput(batch.x0().shape(), output.shape());
    checkArgument(
        seen != null && output.sameShape(seen), "output must have shape %s, got %s", seen, output);
    for (int n = first; n < end; n++) {
      evaluate(batch, n, output, losses);
    }
  }

  private void evaluate(TrainingBatch batch, int item, Batch output, ItemLosses losses) {
    Transition step = steps[batch.timestep(item)];
    int length = batch.x0().itemLength();
    double toBits = 1 / (LN2 * length);
    double factor = toBits * batch.weights()[item] / batch.count();
    double nats = 0;
    double entropy = 0;
    for (int j = 0; j < length; j++) {
      int i = batch.x0().offset(item) + j;
      int x0 = (int) batch.x0().data()[i];
      double[] predicted = logits.read(output, item, j, xt[i]);
      term.evaluate(x0, xt[i], predicted, step);
      nats += term.nats();
      if (logits.isCertain()) {
        for (int k = 0; k < noise.states(); k++) {
          TokenLogits.put(output, item, j, k, 0);
        }
      } else {
        entropy -= logits.logProbability(output, item, j, x0);
        gradient(predicted, x0, factor, output, item, j);
      }
    }
    double loss = boundFactor * nats + lambda * entropy;
    losses.set(item, toBits * loss, toBits * entropy, 0);
  }

  /** By the logits: a softmax between them and the slopes by probabilities. */
  private void gradient(
      double[] predicted, int x0, double factor, Batch output, int item, int place) {
    double mean = 0;
    for (int k = 0; k < noise.tokens(); k++) {
      slopes[k] = boundFactor * term.slope(k);
      mean += predicted[k] * slopes[k];
    }
    for (int k = 0; k < noise.tokens(); k++) {
      double bound = predicted[k] * (slopes[k] - mean);
      double entropy = predicted[k] - (k == x0 ? 1 : 0);
      TokenLogits.put(output, item, place, k, (float) (factor * (bound + lambda * entropy)));
    }
    for (int k = noise.tokens(); k < noise.states(); k++) {
      TokenLogits.put(output, item, place, k, 0);
    }
  }
}
