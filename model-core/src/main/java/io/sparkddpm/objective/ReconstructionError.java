package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.network.GaussianDraw;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * The mean over an image's values of the error of what an autoencoder makes of it, |d| or d², and
 * by as many values its latent's divergence from N(0, I), ½ Σ (μ² + e^s − 1 − s), times a weight;
 * Kingma and Welling 2014 (arXiv:1312.6114), app. B. Its outputs are the image's values and then
 * the means μ and log-variances s, as {@link io.sparkddpm.network.AutoencoderConfig} gives them. It
 * sees the clean image: timesteps and noise do not matter.
 */
final class ReconstructionError implements Objective {
  private final ReconstructionObjective.Error error;
  private final double klWeight;

  ReconstructionError(ReconstructionObjective.Error error, double klWeight) {
    this.error = error;
    this.klWeight = klWeight;
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    int moments = output.length() - data.length();
    checkArgument(
        moments > 0 && moments % 2 == 0,
        "the objective takes an image of %s with means and log-variances, the network's outputs"
            + " have shape %s",
        data,
        output);
  }

  @Override
  public boolean isTimed() {
    return false;
  }

  @Override
  public NetworkInput input(TrainingBatch batch) {
    NetworkInput noised = batch.input();
    return new NetworkInput(batch.x0(), noised.levels(), noised.condition(), noised.dropoutKeys());
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    checkOutput(batch.x0().shape(), output.shape());
    for (int n = first; n < end; n++) {
      evaluate(batch, n, output, losses);
    }
  }

  private void evaluate(TrainingBatch batch, int item, Batch output, ItemLosses losses) {
    int length = batch.x0().itemLength();
    double factor = batch.weights()[item] / ((double) length * batch.count());
    float[] x = batch.x0().data();
    float[] y = output.data();
    int from = batch.x0().offset(item);
    int image = output.offset(item);
    double errors = 0;
    double squares = 0;
    for (int j = 0; j < length; j++) {
      double d = (double) y[image + j] - x[from + j];
      squares += d * d;
      errors += error == ReconstructionObjective.Error.L1 ? Math.abs(d) : d * d;
      double slope = error == ReconstructionObjective.Error.L1 ? Math.signum(d) : 2 * d;
      y[image + j] = (float) (factor * slope);
    }
    double kl = divergence(y, image + length, output.offset(item + 1), factor * klWeight);
    losses.set(item, (errors + klWeight * kl) / length, squares / length, 0);
  }

  /**
   * KL divergence of a latent from N(0, I), in nats.
   *
   * @param y holds μ and s in [from, end); receives {@code factor} times the gradient there
   */
  private static double divergence(float[] y, int from, int end, double factor) {
    int half = (end - from) / 2;
    double sum = 0;
    for (int i = from; i < from + half; i++) {
      double mean = y[i];
      double s = y[i + half];
      double clamped = GaussianDraw.clamped(s);
      double variance = Math.exp(clamped);
      sum += (mean * mean + variance - 1 - clamped) / 2;
      y[i] = (float) (factor * mean);
      y[i + half] = s == clamped ? (float) (factor * (variance - 1) / 2) : 0;
    }
    return sum;
  }
}
