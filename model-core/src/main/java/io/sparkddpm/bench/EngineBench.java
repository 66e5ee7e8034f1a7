package io.sparkddpm.bench;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.image.ImageBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.sampler.AncestralSampler;
import io.sparkddpm.sampler.DdimSampler;
import io.sparkddpm.sampler.NoiseSource;
import io.sparkddpm.sampler.Sampler;
import io.sparkddpm.sampler.StepListener;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.train.BatchNoiser;
import io.sparkddpm.train.Dl4jEngine;
import io.sparkddpm.train.Dl4jEngine.PartOfStep;
import io.sparkddpm.train.NoisedBatch;
import io.sparkddpm.train.OptimizerConfig;
import io.sparkddpm.train.TrainableModel;
import io.sparkddpm.train.TrainingState;
import io.sparkddpm.unet.LayerKind;
import io.sparkddpm.unet.Profile;
import io.sparkddpm.unet.UNetConfig;
import io.sparkddpm.unet.UNetFlops;
import java.util.stream.LongStream;

/**
 * Times one network at one batch size: batch preparation, training step, prediction and sampling
 * step, and the network's convolutions alone, which are the floor of the rest. Works on noise; what
 * is computed costs the same as on images.
 */
public final class EngineBench implements AutoCloseable {
  private static final int SAMPLING_STEPS = 2;

  private final UNetConfig network;
  private final int batch;
  private final int threads;
  private final Stopwatch watch;
  private final Profile profile = new Profile();
  private final TrainableModel model;
  private final BatchNoiser noiser;
  private final NoiseSchedule schedule;
  private final DiffusionConfig diffusion;
  private final ImageBatch images;
  private final ImageBatch prediction;
  private final long[] ids;
  private long step;

  /**
   * @param batch images in a step, at least 1
   * @param threads native threads and threads of the JVM
   * @param seconds to time each thing for
   */
  public EngineBench(
      UNetConfig network,
      OptimizerConfig optimizer,
      NoiseSchedule schedule,
      DiffusionConfig diffusion,
      int batch,
      int threads,
      double seconds) {
    this.network = network;
    this.batch = batch;
    this.threads = threads;
    this.watch = new Stopwatch(seconds, 3);
    this.schedule = schedule;
    this.diffusion = diffusion;
    Dl4jEngine engine = new Dl4jEngine();
    model = engine.create(network, optimizer, threads, profile);
    model.load(TrainingState.initial(engine.initialParameters(network, 0)));
    noiser = new BatchNoiser(new GaussianDiffusion(schedule, diffusion), 0);
    images = noise(network.inputChannels());
    prediction = noise(network.outputChannels());
    ids = LongStream.range(0, batch).toArray();
  }

  private ImageBatch noise(int channels) {
    ImageBatch x = new ImageBatch(batch, channels, network.imageSize(), network.imageSize());
    RandomStream.of(0, Purpose.SAMPLE).fillGaussian(x.data(), 0, x.data().length);
    return x;
  }

  /** Drawing t and ε of a batch and mixing them in. */
  public Measurement batchPreparation() {
    return watch.measure(
        new Stopwatch.Subject(
            "batch preparation", batch, 0, null, () -> noiser.noise(images, ids, step++)));
  }

  /** Batch preparation, forward, backward, clip and Adam. */
  public Measurement training() {
    return watch.measure(
        new Stopwatch.Subject(
            "training step",
            batch,
            (double) batch * UNetFlops.training(network),
            profile,
            () -> {
              NoisedBatch noised = noiser.noise(images, ids, step++);
              model.step(noised);
            }));
  }

  /** One prediction. */
  public Measurement inference() {
    int[] timesteps = new int[batch];
    return watch.measure(
        new Stopwatch.Subject(
            "inference",
            batch,
            (double) batch * UNetFlops.forward(network),
            profile,
            () -> model.predict(images, timesteps, prediction)));
  }

  /** A step of the ancestral sampler, with its noise. */
  public Measurement ancestralStep() {
    return sampling(
        "ancestral step",
        new AncestralSampler(schedule, diffusion, 1, new int[] {0, schedule.steps() - 1}));
  }

  /** A step of DDIM with η = 0. */
  public Measurement ddimStep() {
    return sampling(
        "DDIM step", new DdimSampler(schedule, diffusion, new int[] {0, schedule.steps() - 1}, 0));
  }

  private Measurement sampling(String name, Sampler sampler) {
    NoiseSource noise =
        (image, to, offset, length) ->
            RandomStream.of(0, Purpose.SAMPLE, image, step++).fillGaussian(to, offset, length);
    Measurement of =
        watch.measure(
            new Stopwatch.Subject(
                name,
                batch,
                (double) SAMPLING_STEPS * batch * UNetFlops.forward(network),
                profile,
                () ->
                    sampler.denoise(model, noise, images, SAMPLING_STEPS - 1, StepListener.NONE)));
    return new Measurement(
        name,
        batch,
        of.runs() * SAMPLING_STEPS,
        of.bestSeconds() / SAMPLING_STEPS,
        of.medianSeconds() / SAMPLING_STEPS,
        of.flops() / SAMPLING_STEPS,
        of.javaBytes() / SAMPLING_STEPS,
        of.nativeBytes(),
        of.shares());
  }

  /**
   * The network's convolutions and nothing else, forward, and backward too where asked: no step can
   * be faster on these.
   */
  public Measurement convolutions(boolean training) {
    try (PartOfStep alone =
        new Dl4jEngine().layersAlone(LayerKind.CONVOLUTION, network, batch, threads, training)) {
      return watch.measure(
          new Stopwatch.Subject(
              training ? "convolutions of a step" : "convolutions of a prediction",
              batch,
              (double) batch
                  * (training ? UNetFlops.training(network) : UNetFlops.forward(network)),
              null,
              alone));
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
