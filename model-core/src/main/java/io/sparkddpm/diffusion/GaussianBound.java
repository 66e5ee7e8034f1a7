package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * The bound of numbers, such as 8-bit values rescaled to [-1, 1]. The mean of a step is that of the
 * posterior with the x_0 that the denoiser sees, or the one that a network gives which predicts it,
 * as in the official code.
 */
final class GaussianBound implements BoundEvaluator {
  private final GaussianDiffusion diffusion;
  private final Denoiser denoiser;
  private final long seed;
  private final ItemTerm term;
  private final VariationalBound bound;
  private final Reading reading;
  private final Batch epsilon;
  private final Batch xt;
  private final double[] levels;
  private final double[] bits;
  private final double[] epsilonErrors;
  private final double[] x0Errors;

  GaussianBound(
      GaussianDiffusion diffusion,
      DecoderType decoder,
      Denoiser denoiser,
      int count,
      Shape shape,
      long seed) {
    this.diffusion = diffusion;
    this.denoiser = denoiser;
    this.seed = seed;
    this.term = new ItemTerm(diffusion, decoder);
    this.bound = new VariationalBound(diffusion);
    Reading seen =
        denoiser.variance().isLearned()
            ? Reading.ofX0AndVariance(count, shape)
            : Reading.ofX0(count, shape);
    this.reading = denoiser.givesMean() ? seen.andMean() : seen;
    this.epsilon = new Batch(count, shape);
    this.xt = new Batch(count, shape);
    this.levels = new double[count];
    this.bits = new double[count];
    this.epsilonErrors = new double[count];
    this.x0Errors = new double[count];
  }

  @Override
  public void evaluate(Batch x0, Condition condition, int[] timesteps, long[] ids) {
    checkArgument(x0.sameShape(xt), "x0 must have the shape of %s, got %s", xt, x0);
    checkArgument(
        ids.length == x0.count(), "ids must have length %s, got %s", x0.count(), ids.length);
    for (int n = 0; n < ids.length; n++) {
      RandomStream.of(seed, Purpose.EVALUATION_NOISE, timesteps[n], ids[n])
          .fillGaussian(epsilon.data(), epsilon.offset(n), epsilon.itemLength());
      levels[n] = timesteps[n];
    }
    diffusion.qSample(x0, timesteps, epsilon, xt);
    denoiser.predict(xt, levels, condition, reading);
    for (int n = 0; n < ids.length; n++) {
      measure(x0, timesteps[n], n);
    }
  }

  private void measure(Batch x0, int t, int item) {
    boolean learned = reading.wantsVariance();
    term.begin(t);
    for (int i = x0.offset(item); i < x0.offset(item + 1); i++) {
      double v = learned ? reading.variance().data()[i] : 0;
      double clean = x0.data()[i];
      double noised = xt.data()[i];
      double noise = epsilon.data()[i];
      double seen = reading.x0().data()[i];
      if (reading.wantsMean()) {
        term.add(clean, noised, noise, seen, reading.mean().data()[i], v);
      } else {
        term.add(clean, noised, noise, seen, v);
      }
    }
    bits[item] = term.bits();
    epsilonErrors[item] = term.epsilonError();
    x0Errors[item] = term.x0Error();
  }

  @Override
  public double bits(int item) {
    return bits[item];
  }

  @Override
  public double epsilonError(int item) {
    return epsilonErrors[item];
  }

  @Override
  public double x0Error(int item) {
    return x0Errors[item];
  }

  @Override
  public double prior(Batch x0, int item) {
    return bound.prior(x0, item);
  }

  @Override
  public Batch noisy() {
    return xt;
  }

  @Override
  public Batch predicted() {
    return reading.x0();
  }
}
