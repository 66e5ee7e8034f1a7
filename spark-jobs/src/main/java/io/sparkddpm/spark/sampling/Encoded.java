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
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An image, its noise by the probability-flow ODE, and what that gives back.
 *
 * @param index in the dataset
 * @param error root of the mean squared difference of what came back, in levels of 255
 * @param bitsPerDim −log2 p of the 8-bit image by value, or NaN
 * @param evaluations of the network, there and back and for the density
 * @param pictures of the image, of its noise and of what that gives back, as PNG files; only of the
 *     first images
 */
record Encoded(long index, double error, double bitsPerDim, int evaluations, List<byte[]> pictures)
    implements Serializable {
  /** So many images are shown. */
  static final int SHOWN = 10;

  private static final double LEVELS = 127.5;

  /** Takes the noise of each image: x at the noisiest level. */
  @FunctionalInterface
  interface Sink {
    void accept(float[] values, int offset, int length) throws IOException;
  }

  /**
   * Encodes a batch.
   *
   * @param codec between the network's items and images
   * @param plain the network, neither guided nor clipped
   * @param first index of its first image
   * @param wanted of its images
   * @param noises receives the noise of the wanted ones
   */
  static List<Encoded> of(
      EncodePlan plan,
      Codec codec,
      Denoiser plain,
      Batch images,
      long first,
      int wanted,
      Sink noises)
      throws IOException {
    long seed = plan.images().sample().seed();
    ProbabilityFlow flow = plan.flow(plain);
    Condition none = Condition.none(images.count());
    Batch data = codec.encode(images);
    Batch noise = flow.encode(data, none);
    int[] evaluations = flow.evaluations();
    Batch back = codec.decode(flow.decode(noise, none));
    Batch shown = first < SHOWN ? codec.decode(noise) : noise;
    add(evaluations, flow.evaluations());
    double[] density = new double[images.count()];
    Arrays.fill(density, Double.NaN);
    if (plan.probes() > 0) {
      density =
          flow.logDensity(
              withinLevels(data, first, seed),
              none,
              (probe, v) -> signs(v, first, seed, probe),
              plan.probes());
      add(evaluations, flow.evaluations());
    }
    List<Encoded> all = new ArrayList<>();
    for (int n = 0; n < wanted; n++) {
      noises.accept(noise.data(), noise.offset(n), noise.itemLength());
      double squares = 0;
      for (int i = images.offset(n); i < images.offset(n + 1); i++) {
        squares += Math.pow(LEVELS * ((double) back.data()[i] - images.data()[i]), 2);
      }
      double perValue = density[n] / images.itemLength() - Math.log(LEVELS);
      all.add(
          new Encoded(
              first + n,
              Math.sqrt(squares / images.itemLength()),
              -perValue / Math.log(2),
              evaluations[n],
              first + n < SHOWN ? pictures(n, images, shown, back) : List.of()));
    }
    return all;
  }

  private static void add(int[] to, int[] more) {
    for (int n = 0; n < to.length; n++) {
      to[n] += more[n];
    }
  }

  private static List<byte[]> pictures(int item, Batch... batches) {
    return Arrays.stream(batches)
        .map(batch -> ImageCodec.encodePng(Pixels.toImage(batch, item)))
        .toList();
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
