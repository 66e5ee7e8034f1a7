package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * Draws from the diagonal Gaussian that its input describes: the first half of the channels are
 * means μ, the second log-variances s, and the output is μ + e^{s/2}·ε; Kingma and Welling 2014
 * (arXiv:1312.6114), sec. 2.4. Where nothing is dropped either, outside training, it gives the
 * means.
 *
 * @param in channels first, of an even number
 */
public record GaussianDraw(Shape in) implements BodyNode {
  /** Smaller log-variances count as this one, as in diffusers. */
  public static final double LEAST_LOG_VARIANCE = -30;

  /** Larger log-variances count as this one, as in diffusers. */
  public static final double MOST_LOG_VARIANCE = 20;

  /** Checks the channels. */
  public GaussianDraw {
    checkArgument(
        in.dim(0) % 2 == 0, "means and log-variances need an even number of channels, got %s", in);
  }

  /** A log-variance as it counts. */
  public static double clamped(double logVariance) {
    return Math.max(LEAST_LOG_VARIANCE, Math.min(MOST_LOG_VARIANCE, logVariance));
  }

  @Override
  public Shape out() {
    return in.withDim(0, in.dim(0) / 2);
  }

  /**
   * Draws ε of an item, from a stream of its own.
   *
   * @param key of the item's dropout masks
   * @param noise receives as many values as {@link #out} has, from {@code offset} on
   */
  public void draw(long key, float[] noise, int offset) {
    RandomStream.of(key, Purpose.LATENT).fillGaussian(noise, offset, out().length());
  }

  @Override
  public List<ParameterSpec> parameters() {
    return List.of();
  }

  @Override
  public long flops() {
    return 0;
  }

  /** Clamped log-variances, deviations, noise, their product and the result. */
  @Override
  public Activations activations() {
    return Activations.of(5L * out().length());
  }
}
