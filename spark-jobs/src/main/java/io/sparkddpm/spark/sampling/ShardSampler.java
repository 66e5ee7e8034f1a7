package io.sparkddpm.spark.sampling;

import io.sparkddpm.codec.Codec;
import io.sparkddpm.codec.IdentityCodec;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.InpaintingDenoiser;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.NetworkClassScore;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.solver.StripRecorder;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Pool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.latent.LatentCodec;
import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.tensor.Batch;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Draws shards of a plan on an executor; broadcast to it once, with the weights.
 *
 * @param plan what to draw
 * @param engine what computes
 * @param optimizer of the run: models of its training serve here too
 * @param threads native threads of a task
 * @param weights flat, in the engine's order
 * @param images that the samples are made from, or null
 * @param guide the classifier that guides them, or null
 * @param latents between the network's latents and images; null for a network that draws images
 */
record ShardSampler(
    SamplePlan plan,
    EngineFactory engine,
    OptimizerConfig optimizer,
    int threads,
    float[] weights,
    SourceImages images,
    Guide guide,
    LatentCodec latents)
    implements Serializable {
  private static final int STRIP_COLUMNS = 10;
  private static final int VISIBLE_PIXELS = 64;

  /**
   * A classifier of noisy images.
   *
   * @param network without dropout
   * @param optimizer of its run
   * @param weights flat, in the engine's order
   */
  record Guide(NetworkConfig network, OptimizerConfig optimizer, float[] weights)
      implements Serializable {}

  /** Takes the images of a shard in order. */
  interface Sink {
    void accept(Samples.Sample sample) throws IOException;
  }

  /**
   * Draws a shard.
   *
   * @return the denoising strip of image 0 as a PNG file, if the shard holds it
   */
  Optional<byte[]> draw(SamplePlan.Shard shard, Sink sink) throws IOException {
    return withModel(
        model ->
            guide == null
                ? draw(model, Optional.empty(), shard, sink)
                : drawGuided(model, shard, sink));
  }

  private Optional<byte[]> draw(
      Network network, Optional<ClassScore> score, SamplePlan.Shard shard, Sink sink)
      throws IOException {
    if (plan.rows() == null) {
      return draw(plan.denoiser(network, score), shard, sink);
    }
    new RowShard(this, network, score).draw(shard, sink);
    return Optional.empty();
  }

  private Optional<byte[]> drawGuided(Network network, SamplePlan.Shard shard, Sink sink)
      throws IOException {
    return EnginePool.here()
        .use(
            Role.CLASSIFIER,
            new EnginePool.Key(engine, guide.network(), guide.optimizer(), threads),
            classifier -> {
              classifier.model().loadParameters(guide.weights());
              ClassScore score = new NetworkClassScore(classifier.model());
              return draw(network, Optional.of(score), shard, sink);
            });
  }

  /**
   * Encodes the images of a shard.
   *
   * @param how whose images are those of this plan
   * @param noises receives the noise of each
   */
  List<Encoded> encode(SamplePlan.Shard shard, EncodePlan how, Encoded.Sink noises)
      throws IOException {
    return withModel(
        model -> {
          Denoiser plain = plan.plainDenoiser(model);
          SourceImages.Reader source = images.reader();
          int size = plan.sample().batchSize();
          List<Encoded> all = new ArrayList<>();
          for (long first = shard.from(); first < shard.to(); first += size) {
            Batch batch = source.read(first, size);
            int wanted = Math.toIntExact(Math.min(size, shard.to() - first));
            all.addAll(Encoded.of(how, codec(), plain, batch, first, wanted, noises));
          }
          return all;
        });
  }

  /** Uses a model that has the weights. */
  <R, E extends Exception> R withModel(Pool.Use<? super Network, R, E> use) throws E {
    EnginePool.Key key = new EnginePool.Key(engine, plan.network(), optimizer, threads);
    return EnginePool.here()
        .use(
            Role.DENOISER,
            key,
            engine -> {
              engine.model().loadParameters(weights);
              return use.with(engine.model());
            });
  }

  /** Between the network's items and images. */
  Codec codec() {
    return latents == null ? new IdentityCodec() : latents;
  }

  private Optional<byte[]> draw(Denoiser denoiser, SamplePlan.Shard shard, Sink sink)
      throws IOException {
    SeededBatches batches = plan.batches();
    Codec codec = codec();
    SourceImages.Reader source = images == null ? null : images.reader();
    StripRecorder strip = null;
    for (long first = shard.from(); first < shard.to(); first += batches.size()) {
      StepListener listener = ShardSampler::stopIfKilled;
      if (first == 0) {
        strip = new StripRecorder(batches.grid(), 0, STRIP_COLUMNS, batches.shape());
        listener = watchedBy(strip);
      }
      Condition condition = plan.condition(first, batches.size());
      Batch drawn = draw(batches, denoiser, source, first, condition, listener);
      Batch images = codec.decode(drawn);
      int wanted = Math.toIntExact(Math.min(batches.size(), shard.to() - first));
      give(images, wanted, first, sink);
    }
    return Optional.ofNullable(strip).map(s -> strip(s, codec));
  }

  /** Gives the first images of a batch to a sink, numbered from one on. */
  void give(Batch images, int count, long first, Sink sink) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] file = plan.medium().write(images, i);
      sink.accept(new Samples.Sample(first + i, plan.label(first + i), file));
    }
  }

  private Batch draw(
      SeededBatches batches,
      Denoiser denoiser,
      SourceImages.Reader source,
      long first,
      Condition condition,
      StepListener listener) {
    long number = first / batches.size();
    if (source == null) {
      return batches.draw(denoiser, number, condition, listener);
    }
    Batch known = codec().encode(source.read(first, batches.size()));
    if (images.kept() == null) {
      return batches.drawFrom(known, denoiser, number, condition, listener);
    }
    InpaintingDenoiser masked = new InpaintingDenoiser(denoiser, known, images.kept());
    Batch drawn =
        plan.sample().hasFromLevel()
            ? batches.drawFrom(known, masked, number, condition, listener)
            : batches.draw(masked, number, condition, listener);
    masked.keep(drawn);
    return drawn;
  }

  private static StepListener watchedBy(StripRecorder strip) {
    return (step, level, xt, x0) -> {
      stopIfKilled(step, level, xt, x0);
      strip.onStep(step, level, xt, x0);
    };
  }

  /** A cancelled task ends at the next step instead of at the end of its shard. */
  static void stopIfKilled(int step, double level, Batch xt, Batch x0) {
    RunningTask.stopIfKilled("sampling was cancelled");
  }

  /** Two rows: x_t, and the x0 predicted from it. */
  private byte[] strip(StripRecorder strip, Codec codec) {
    Medium medium = plan.medium();
    List<ByteImage> images = new ArrayList<>();
    for (Batch row : List.of(codec.decode(strip.noisy()), codec.decode(strip.predicted()))) {
      for (int column = 0; column < row.count(); column++) {
        images.add(visible(medium.picture(medium.write(row, column), "the strip")));
      }
    }
    return ImageCodec.encodePng(ImageGrid.compose(images, strip.noisy().count(), 2));
  }

  /** Small images magnified, so that they can be looked at. */
  static ByteImage visible(ByteImage image) {
    return image.magnify(Math.max(1, VISIBLE_PIXELS / image.height()));
  }
}
