package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.Rows;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.latent.LatentCodec;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.tensor.Shape;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;

/**
 * A checkpoint and what is to be drawn from it.
 *
 * @param networks that hold the weights
 * @param plan what is drawn
 * @param engine what computes
 * @param images that they are made from; without, they are made from noise alone
 * @param latents the codec of a network that draws latents
 */
record SampleSource(
    GuidedCheckpoint networks,
    SamplePlan plan,
    EngineFactory engine,
    Optional<SourceImages> images,
    Optional<LatentCodec> latents) {
  /**
   * Opens what samples are drawn from.
   *
   * @param latents the codec of a checkpoint that draws latents
   * @param images a dataset that they are made from
   * @param mask what of its images is kept
   * @param ofTimesteps how they lie in rows, instead of so many, or null
   * @throws UserException if there are no such weights, or the configuration does not fit it
   */
  static SampleSource open(
      Configuration conf,
      GuidedCheckpoint networks,
      SampleConfig config,
      SampleOverrides overrides,
      long count,
      EngineFactory engine,
      Optional<LatentCodec> latents,
      Optional<URI> images,
      Optional<URI> mask,
      IntFunction<? extends Rows> ofTimesteps) {
    Checkpoint checkpoint = networks.checkpoint();
    if (!checkpoint.weightNames().contains(config.weights())) {
      throw new UserException(
          "%s has no weights '%s', it has %s",
          checkpoint, config.weights(), String.join(", ", checkpoint.weightNames()));
    }
    if (latents.isPresent() && mask.isPresent()) {
      throw new UserException(
          "masks are for networks that draw images; %s draws latents", checkpoint);
    }
    Shape shape = imageShape(checkpoint, latents);
    Medium medium = checkpoint.notes().medium();
    Optional<SourceImages> from =
        images.map(uri -> SourceImages.open(conf, uri, mask, shape, medium));
    SampleConfig drawn = overrides.applyTo(config, checkpoint.settings().training().objective());
    Optional<Classifier> guide = networks.classifier();
    try {
      Rows rows = ofTimesteps == null ? null : ofTimesteps.apply(checkpoint.schedule().steps());
      from.ifPresent(dataset -> requireEnds(dataset, rows));
      SamplePlan plan =
          new SamplePlan(
              checkpoint.manifest().fingerprint(),
              checkpoint.modelConfig(),
              checkpoint.schedule(),
              overrides.applyTo(checkpoint),
              guide.map(g -> g.placeless(drawn)).orElse(drawn),
              rows == null ? count : rows.count(),
              engine.name(),
              from.map(SourceImages::fingerprint).orElse(SamplePlan.NO_IMAGES),
              rows,
              guide.map(Classifier::fingerprint).orElse(SamplePlan.NO_CLASSIFIER),
              guide.map(g -> g.network().classes()).orElse(0),
              SamplePlan.codecOf(latents),
              medium);
      return new SampleSource(networks, plan, engine, from, latents);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot sample from %s: %s", checkpoint, e.getMessage());
    }
  }

  private static Shape imageShape(Checkpoint checkpoint, Optional<LatentCodec> latents) {
    return latents
        .map(codec -> codec.network().inputShape())
        .orElse(checkpoint.modelConfig().inputShape());
  }

  /** Shape of an image. */
  Shape imageShape() {
    return imageShape(checkpoint(), latents);
  }

  private static void requireEnds(SourceImages dataset, Rows rows) {
    if (rows instanceof Interpolation ends) {
      dataset.requireImage(ends.from());
      dataset.requireImage(ends.to());
    }
  }

  /** Of the denoiser. */
  Checkpoint checkpoint() {
    return networks.checkpoint();
  }

  /** As {@link SampleJob#requireFits}. */
  static void requireFits(SampleConfig config, RunSettings settings, long count) {
    List<String> names = Checkpoint.weightNames(settings.training());
    if (!names.contains(config.weights())) {
      throw new UserException(
          "sample.weights is %s, but the run has %s: set sample.weights or training.ema",
          config.weights(), String.join(", ", names));
    }
    try {
      new SamplePlan(
          "", settings.model(), settings.schedule(), settings.diffusion(), config, count, "");
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot sample from such a run: %s", e.getMessage());
    }
  }

  /**
   * What draws the plan's shards on executors.
   *
   * @param threads native threads of a task
   */
  ShardSampler sampler(int threads) {
    return new ShardSampler(
        plan,
        engine,
        checkpoint().settings().optimizer(),
        threads,
        checkpoint().weights(plan.sample().weights(), engine.layout(plan.network())),
        images.orElse(null),
        networks.classifier().map(c -> c.guide(engine)).orElse(null),
        latents.orElse(null));
  }

  /** The manifest of the samples, without their files. */
  Manifest.Builder manifest() {
    Shape shape = imageShape();
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.SAMPLES);
    if (plan.hasLabels()) {
      manifest.property(Samples.LABELS, true);
    }
    images.ifPresent(
        from -> manifest.input(from.dataset().uri().toString(), from.dataset().fingerprint()));
    networks.write(manifest);
    manifest
        .config(plan.toMap())
        .seed("sample", plan.sample().seed())
        .count(Samples.COUNT, plan.count())
        .count("shards", plan.shards().size())
        .count("checkpoint-step", checkpoint().step())
        .property("channels", shape.dim(0))
        .property("height", shape.dim(1))
        .property("width", shape.dim(2))
        .property("weights", plan.sample().weights())
        .property(PlannedArtifact.PLAN, plan.fingerprint());
    latents.ifPresent(
        codec -> manifest.input(codec.note().checkpoint(), codec.note().fingerprint()));
    return manifest;
  }
}
