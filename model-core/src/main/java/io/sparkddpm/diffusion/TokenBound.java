package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/** The bound of sequences of tokens. */
final class TokenBound implements BoundEvaluator {
  private static final double LN2 = StrictMath.log(2);

  private final Transition[] steps;
  private final TokenNoise noise;
  private final Denoiser denoiser;
  private final long seed;
  private final TokenTerm term;
  private final double[] predicted;
  private final Reading reading;
  private final Batch seen;
  private final int[] xt;
  private final double[] levels;
  private final double[] bits;
  private final double[] x0Errors;

  TokenBound(
      GaussianDiffusion diffusion,
      TokenNoise noise,
      Denoiser denoiser,
      int count,
      Shape data,
      long seed) {
    this.steps = diffusion.process().unitSteps();
    this.noise = noise;
    this.denoiser = denoiser;
    this.seed = seed;
    this.term = new TokenTerm(noise);
    this.predicted = new double[noise.states()];
    Shape shape = data.withDim(0, noise.states());
    this.reading = Reading.ofX0(count, shape);
    this.seen = new Batch(count, shape);
    this.xt = new int[count * data.length()];
    this.levels = new double[count];
    this.bits = new double[count];
    this.x0Errors = new double[count];
  }

  @Override
  public void evaluate(Batch x0, Condition condition, int[] timesteps, long[] ids) {
    checkArgument(x0.data().length == xt.length, "x0 must have %s tokens, got %s", xt.length, x0);
    checkArgument(
        ids.length == x0.count(), "ids must have length %s, got %s", x0.count(), ids.length);
    for (int n = 0; n < ids.length; n++) {
      RandomStream stream = RandomStream.of(seed, Purpose.TOKEN_EVALUATION, timesteps[n], ids[n]);
      double noised = steps[timesteps[n]].noiseFrom();
      for (int j = 0; j < x0.itemLength(); j++) {
        int i = x0.offset(n) + j;
        xt[i] = noise.draw((int) x0.data()[i], noised, stream.nextDouble());
        TokenLogits.set(seen, n, j, xt[i]);
      }
      levels[n] = timesteps[n];
    }
    denoiser.predict(seen, levels, condition, reading);
    for (int n = 0; n < ids.length; n++) {
      measure(x0, steps[timesteps[n]], n);
    }
  }

  private void measure(Batch x0, Transition step, int item) {
    double nats = 0;
    double squares = 0;
    for (int j = 0; j < x0.itemLength(); j++) {
      int i = x0.offset(item) + j;
      int own = (int) x0.data()[i];
      TokenLogits.copy(reading.x0(), item, j, predicted);
      term.evaluate(own, xt[i], predicted, step);
      nats += term.nats();
      for (int k = 0; k < predicted.length; k++) {
        double error = predicted[k] - (k == own ? 1 : 0);
        squares += error * error;
      }
    }
    bits[item] = nats / (LN2 * x0.itemLength());
    x0Errors[item] = squares / seen.itemLength();
  }

  @Override
  public double bits(int item) {
    return bits[item];
  }

  @Override
  public double epsilonError(int item) {
    return 0;
  }

  @Override
  public double x0Error(int item) {
    return x0Errors[item];
  }

  @Override
  public double prior(Batch x0, int item) {
    Transition last = steps[steps.length - 1];
    double signal = TokenNoise.signalFrom(last);
    double nats = 0;
    for (int i = x0.offset(item); i < x0.offset(item + 1); i++) {
      nats += noise.prior((int) x0.data()[i], signal, last.noiseFrom());
    }
    return nats / (LN2 * x0.itemLength());
  }

  @Override
  public Batch noisy() {
    return seen;
  }

  @Override
  public Batch predicted() {
    return reading.x0();
  }
}
