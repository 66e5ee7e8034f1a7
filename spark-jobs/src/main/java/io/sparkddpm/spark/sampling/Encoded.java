package io.sparkddpm.spark.sampling;

import io.sparkddpm.codec.Codec;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.solver.ProbabilityFlow;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An image, its noise by the probability-flow ODE, and what that gives back.
 *
 * @param index in the dataset
 * @param image as a PNG file
 * @param noise x at the noisiest level
 * @param picture of the noise, PNG
 * @param decoded what it gives back, PNG
 * @param error root of the mean squared difference of that to the image, in levels of 255
 * @param bitsPerDim −log2 p of the 8-bit image by value, or NaN
 */
record Encoded(
    long index,
    byte[] image,
    float[] noise,
    byte[] picture,
    byte[] decoded,
    double error,
    double bitsPerDim)
    implements Serializable {
  private static final double LEVELS = 127.5;

  /**
   * Encodes a batch.
   *
   * @param first index of its first image
   * @param wanted of its images
   * @param probes of the density, or 0
   */
  static List<Encoded> of(
      SamplePlan plan, Denoiser denoiser, Batch images, long first, int wanted, int probes) {
    long seed = plan.sample().seed();
    ProbabilityFlow flow = new ProbabilityFlow(denoiser, plan.grid(), ShardSampler::stopIfKilled);
    Condition none = Condition.none(images.count());
    Codec codec = plan.codec();
    Batch data = codec.encode(images);
    Batch noise = flow.encode(data, none);
    Batch back = codec.decode(flow.decode(noise, none));
    double[] density = new double[images.count()];
    Arrays.fill(density, Double.NaN);
    if (probes > 0) {
      density =
          flow.logDensity(
              withinLevels(data, first, seed),
              none,
              (probe, v) -> signs(v, first, seed, probe),
              probes);
    }
    List<Encoded> all = new ArrayList<>();
    for (int n = 0; n < wanted; n++) {
      double squares = 0;
      for (int i = images.offset(n); i < images.offset(n + 1); i++) {
        squares += Math.pow(LEVELS * ((double) back.data()[i] - images.data()[i]), 2);
      }
      double perValue = density[n] / images.itemLength() - Math.log(LEVELS);
      all.add(
          new Encoded(
              first + n,
              ImageCodec.encodePng(Pixels.toImage(images, n)),
              Arrays.copyOfRange(noise.data(), noise.offset(n), noise.offset(n + 1)),
              ImageCodec.encodePng(Pixels.toImage(noise, n)),
              ImageCodec.encodePng(Pixels.toImage(back, n)),
              Math.sqrt(squares / images.itemLength()),
              -perValue / Math.log(2)));
    }
    return all;
  }

  /** Spread evenly over the 8-bit level of each value, so that images have a density. */
  private static Batch withinLevels(Batch data, long first, long seed) {
    Batch spread = new Batch(data.count(), data.shape());
    for (int n = 0; n < data.count(); n++) {
      RandomStream stream = RandomStream.of(seed, Purpose.DEQUANTIZATION, first + n);
      for (int i = data.offset(n); i < data.offset(n + 1); i++) {
        spread.data()[i] = (float) (data.data()[i] + (stream.nextDouble() - 0.5) / LEVELS);
      }
    }
    return spread;
  }

  private static void signs(Batch v, long first, long seed, int probe) {
    for (int n = 0; n < v.count(); n++) {
      RandomStream stream = RandomStream.of(seed, Purpose.PROBE, first + n, probe);
      for (int i = v.offset(n); i < v.offset(n + 1); i++) {
        v.data()[i] = (stream.nextLong() & 1) == 0 ? -1 : 1;
      }
    }
  }
}
