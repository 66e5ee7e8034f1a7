package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a network sees in images that were noised to a timestep, on executors. An item's noise
 * depends on the seed of the samples, the timestep and the item's id, and batches are filled up to
 * one size, so that no item depends on its company. Broadcast to executors, with the weights.
 */
public final class ImagePredictor implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ShardSampler sampler;

  /**
   * An image and what decides its noise and condition.
   *
   * @param pixels 8 bits, [C, H, W]
   * @param id which with seed and timestep decides the noise
   * @param label from 0, or {@link Condition#NO_LABEL}
   */
  public record Item(byte[] pixels, long id, int label) {}

  /**
   * What the network sees in a batch; the last item is repeated where the batch was filled up.
   *
   * @param x0 the clean images, in [-1, 1]
   * @param epsilon the noise
   */
  public record Seen(Batch x0, Batch epsilon) {
    /** An item of x0 as a PNG file. */
    public byte[] png(int item) {
      return ImageCodec.encodePng(Pixels.toImage(x0, item));
    }
  }

  ImagePredictor(ShardSampler sampler) {
    this.sampler = sampler;
  }

  /** At most so many images are looked at at a time. */
  public int batchSize() {
    return sampler.plan().sample().batchSize();
  }

  /** Shape of the images. */
  public Shape shape() {
    return sampler.plan().network().inputShape();
  }

  /** Timesteps of the schedule. */
  public int timesteps() {
    return sampler.plan().schedule().steps();
  }

  /**
   * Noises images, x_t = √ᾱ_t x_0 + √(1−ᾱ_t) ε (Ho et al. 2020, eq. 4), and predicts x_0 and ε.
   *
   * @param images at least 1, at most {@link #batchSize}
   * @param timestep t from 0
   * @throws io.sparkddpm.error.TrainingDivergedException if a prediction is not finite
   */
  public Seen predict(List<Item> images, int timestep) {
    int size = batchSize();
    checkArgument(
        !images.isEmpty() && images.size() <= size, "1 to %s images, got %s", size, images.size());
    Batch clean = new Batch(size, shape());
    Batch noise = clean.like();
    int[] labels = new int[size];
    for (int n = 0; n < size; n++) {
      Item image = images.get(Math.min(n, images.size() - 1));
      Pixels.toFloats(image.pixels(), 0, clean.data(), clean.offset(n), clean.itemLength());
      RandomStream.of(sampler.plan().sample().seed(), Purpose.PREDICTION, timestep, image.id())
          .fillGaussian(noise.data(), noise.offset(n), noise.itemLength());
      labels[n] = image.label();
    }
    int[] timesteps = new int[size];
    Arrays.fill(timesteps, timestep);
    double[] levels = new double[size];
    Arrays.fill(levels, timestep);
    Batch noisy = clean.like();
    SamplePlan plan = sampler.plan();
    new GaussianDiffusion(NoiseSchedule.of(plan.schedule()), plan.diffusion())
        .qSample(clean, timesteps, noise, noisy);
    Reading reading = Reading.ofX0AndEpsilon(size, shape());
    sampler.withModel(
        model -> {
          plan.denoiser(model, Optional.empty())
              .predict(noisy, levels, Condition.labels(labels), reading);
          return reading;
        });
    return new Seen(reading.x0(), reading.epsilon());
  }
}
