package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.BoundTerm;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.Head;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * The variational bound, alone or beside the mean squared error. Where the variance is learned the
 * network's output has twice the data's channels: what it predicts, then v. The bound's x_0 is not
 * clipped. Arithmetic is in double.
 */
final class BoundError implements Objective {
  private final GaussianDiffusion diffusion;
  private final double errorFactor;
  private final double boundFactor;
  private final boolean boundMovesMean;
  private final Head head;
  private final boolean learned;
  private final Conversion[] toX0;
  private final BoundTerm term;
  private final MeanErrors meanErrors;

  private BoundError(
      GaussianDiffusion diffusion,
      DecoderType decoder,
      double errorFactor,
      double boundFactor,
      boolean boundMovesMean) {
    this.diffusion = diffusion;
    this.errorFactor = errorFactor;
    this.boundFactor = boundFactor;
    this.boundMovesMean = boundMovesMean;
    this.head = diffusion.config().head();
    this.learned = diffusion.config().variance().variance().isLearned();
    this.term = new BoundTerm(diffusion, decoder);
    this.meanErrors = new MeanErrors(diffusion);
    this.toX0 = new Conversion[diffusion.steps()];
    for (int t = 0; t < toX0.length; t++) {
      toX0[t] = head.toX0(diffusion.process(), t);
    }
  }

  /**
   * The mean squared error, whose gradient alone moves the mean, plus λ·T times the term of t in
   * bits per dimension, which moves the variance; Nichol and Dhariwal 2021, sec. 3.1.
   *
   * @param diffusion with a learned variance
   */
  public static BoundError hybrid(GaussianDiffusion diffusion, double lambda, DecoderType decoder) {
    checkArgument(
        diffusion.config().variance().variance().isLearned(),
        "the hybrid objective needs a learned variance, got %s",
        diffusion.config().variance());
    return new BoundError(diffusion, decoder, 1, lambda * diffusion.steps(), false);
  }

  /** T times the term of t in bits per dimension, whose mean over t is the bound but for L_T. */
  public static BoundError bound(GaussianDiffusion diffusion, DecoderType decoder) {
    return new BoundError(diffusion, decoder, 0, diffusion.steps(), true);
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    Objective.requireShape(head.outputShape(data), output);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    checkOutput(batch.x0().shape(), output.shape());
    checkArgument(
        output.count() == batch.count(),
        "output must have %s items, got %s",
        batch.count(),
        output.count());
    for (int n = first; n < end; n++) {
      evaluate(batch, n, output, losses);
    }
  }

  private void evaluate(TrainingBatch batch, int item, Batch output, ItemLosses losses) {
    int t = batch.timestep(item);
    int length = batch.x0().itemLength();
    double factor = batch.weights()[item] / ((double) length * batch.count());
    float[] y = output.data();
    int from = batch.x0().offset(item);
    int mean = output.offset(item);
    int variance = mean + length;
    int area = length / batch.x0().channels();
    double squares = 0;
    double channel = 0;
    double squaredSums = 0;
    double bits = 0;
    for (int j = 0; j < length; j++) {
      double x0 = batch.x0().data()[from + j];
      double xt = batch.xt().data()[from + j];
      double o = y[mean + j];
      double d = o - diffusion.target(x0, xt, batch.epsilon().data()[from + j], t);
      double v = learned ? y[variance + j] : 0;
      term.evaluate(x0, xt, toX0[t].apply(xt, o), v, t);
      squares += d * d;
      channel += d;
      if ((j + 1) % area == 0) {
        squaredSums += channel * channel;
        channel = 0;
      }
      bits += term.bits();
      double slope = errorFactor * 2 * d;
      if (boundMovesMean) {
        slope += boundFactor * term.byPredictedX0() * toX0[t].output();
      }
      y[mean + j] = (float) (factor * slope);
      if (learned) {
        y[variance + j] = (float) (factor * boundFactor * term.byVariance());
      }
    }
    losses.set(
        item,
        (errorFactor * squares + boundFactor * bits) / length,
        squares / length,
        meanErrors.of(t, squaredSums, length));
  }
}
