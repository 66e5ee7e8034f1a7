package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * w(t) times the mean squared error of what the network is to predict (ε, x0, v or μ): with w = 1
 * L_simple of Ho et al. 2020, eq. 14.
 */
public final class SquaredError implements Objective {
  private final GaussianDiffusion diffusion;
  private final float[] weights;
  private final MeanErrors meanErrors;

  /**
   * @param diffusion says what the network is to predict
   */
  public SquaredError(GaussianDiffusion diffusion, LossWeighting weighting) {
    this.diffusion = diffusion;
    this.weights = weighting.table(diffusion);
    this.meanErrors = new MeanErrors(diffusion);
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    Objective.requireShape(data, output);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    checkArgument(
        output.sameShape(batch.x0()), "output must have shape %s, got %s", batch.x0(), output);
    for (int n = first; n < end; n++) {
      evaluate(batch, n, output, losses);
    }
  }

  private void evaluate(TrainingBatch batch, int item, Batch output, ItemLosses losses) {
    int t = batch.timestep(item);
    int length = output.itemLength();
    float weight = weights[t] * batch.weights()[item];
    float factor = 2f * weight / ((float) length * batch.count());
    float[] x0 = batch.x0().data();
    float[] xt = batch.xt().data();
    float[] epsilon = batch.epsilon().data();
    float[] y = output.data();
    int area = length / output.channels();
    double sum = 0;
    double squaredSums = 0;
    for (int from = output.offset(item); from < output.offset(item + 1); from += area) {
      double channel = 0;
      for (int i = from; i < from + area; i++) {
        float d = y[i] - (float) diffusion.target(x0[i], xt[i], epsilon[i], t);
        sum += (double) d * d;
        channel += d;
        y[i] = factor * d;
      }
      squaredSums += channel * channel;
    }
    losses.set(
        item, weights[t] * sum / length, sum / length, meanErrors.of(t, squaredSums, length));
  }
}
