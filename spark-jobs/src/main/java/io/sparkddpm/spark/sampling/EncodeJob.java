package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.HeunSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.latent.LatentCodec;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Follows images of a dataset along the probability-flow ODE to their noise and back, and says how
 * probable they are. What an image gives depends on the image, the weights, the levels or the
 * tolerances and, for the density, the seed and its index alone: not on partitions, executors,
 * retries, or on how often the job was interrupted. A second run encodes what is missing and
 * nothing else.
 */
public final class EncodeJob {
  static final String TABLE = "encode.tsv";
  static final String NOISE = "noise.npz";
  static final String PICTURE = "encode.png";

  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private URI source;
  private URI images;
  private URI output;
  private SampleConfig levels = SampleConfig.DEFAULTS;
  private EncodeConfig config = EncodeConfig.DEFAULTS;
  private long count;
  private int probes;
  private int partitions = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * What came of it.
   *
   * @param fingerprint of the manifest
   * @param made images that this job encoded; 0 if all were
   * @param table index, error, bits per dimension and evaluations of each image, tab-separated
   * @param noise x at the noisiest level, [N, C, H, W], as {@code noise.npz}
   * @param picture the first images, their noise, and what it gives back
   * @param meanError root of the mean squared error of what came back, in levels of 255
   * @param bitsPerDim mean over the images; NaN where no density was wanted
   * @param evaluations mean over the images
   */
  public record Result(
      String fingerprint,
      long made,
      URI table,
      URI noise,
      URI picture,
      double meanError,
      double bitsPerDim,
      double evaluations) {}

  private EncodeJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static EncodeJob on(SparkSession session) {
    return new EncodeJob(session);
  }

  /** What computes; ND4J without it. */
  public EncodeJob engine(EngineFactory factory) {
    this.engine = factory;
    return this;
  }

  /** A checkpoint, or a run, whose latest whole checkpoint is meant. */
  public EncodeJob from(URI runOrCheckpoint) {
    this.source = runOrCheckpoint;
    return this;
  }

  /** A dataset, whose first images are encoded. */
  public EncodeJob images(URI dataset) {
    this.images = dataset;
    return this;
  }

  /** Where the artefact goes. */
  public EncodeJob to(URI directory) {
    this.output = directory;
    return this;
  }

  /** How many images, at least 1. */
  public EncodeJob count(long value) {
    this.count = value;
    return this;
  }

  /** Weights, seed and batches, and the levels of a grid; nothing else of it is read. */
  public EncodeJob levels(SampleConfig value) {
    this.levels = value;
    return this;
  }

  /** How the ODE is followed; along the grid without it. */
  public EncodeJob config(EncodeConfig value) {
    this.config = value;
    return this;
  }

  /** Probes of the divergence for the density; 0: none is computed. */
  public EncodeJob probes(int value) {
    this.probes = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public EncodeJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /** Receives the progress of the job. */
  public EncodeJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Encodes what is missing.
   *
   * @throws UserException if there is no such checkpoint, weights or dataset, they do not fit, or
   *     the output holds something else
   * @throws io.sparkddpm.error.TrainingDivergedException if the network predicts values that are no
   *     numbers
   */
  public Result run() {
    checkState(
        source != null && images != null && output != null, "source, images and output are needed");
    Configuration conf = session.sparkContext().hadoopConfiguration();
    SampleSource from = open(conf);
    EncodePlan plan = plan(from);
    PlannedArtifact directory =
        new PlannedArtifact(
            conf,
            output,
            ArtifactKind.ENCODING,
            "another encoding",
            plan.fingerprint(),
            plan.toMap());
    EncodeRun run =
        new EncodeRun(session, from, plan, manifest(from, plan), directory, partitions, progress);
    return result(run.run(), run.made());
  }

  private SampleSource open(Configuration conf) {
    Checkpoint checkpoint = Checkpoints.resolve(conf, source);
    SampleJob.requireImages(checkpoint, "'encode' is");
    boolean keepsToGrid = config.method().keepsToGrid();
    SampleConfig read =
        new SampleConfig(
            HeunSolver.DEFAULTS,
            keepsToGrid ? levels.steps() : SampleConfig.DEFAULTS.steps(),
            keepsToGrid ? levels.spacing() : SampleConfig.DEFAULTS.spacing(),
            levels.seed(),
            levels.batchSize(),
            levels.weights());
    SampleSource from =
        SampleSource.open(
            conf,
            GuidedCheckpoint.alone(checkpoint),
            read,
            SampleOverrides.NONE,
            count,
            engine,
            latents(conf, checkpoint),
            Optional.of(images),
            Optional.empty(),
            null);
    from.images().orElseThrow().requireImage(count - 1);
    return from;
  }

  private Optional<LatentCodec> latents(Configuration conf, Checkpoint checkpoint) {
    return checkpoint
        .codec()
        .map(
            note ->
                LatentCodec.open(conf, note, Optional.empty(), engine, SampleJob.threads(session)));
  }

  private EncodePlan plan(SampleSource from) {
    try {
      return new EncodePlan(from.plan(), config, probes);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot encode: %s", e.getMessage());
    }
  }

  private Manifest.Builder manifest(SampleSource from, EncodePlan plan) {
    SourceImages dataset = from.images().orElseThrow();
    return Manifest.builder(ArtifactKind.ENCODING)
        .config(plan.toMap())
        .seed("encode", plan.images().sample().seed())
        .input(from.checkpoint().uri().toString(), from.checkpoint().manifest().fingerprint())
        .input(dataset.dataset().uri().toString(), dataset.dataset().fingerprint())
        .count("images", count)
        .count("checkpoint-step", from.checkpoint().step())
        .property("weights", plan.images().sample().weights())
        .property(PlannedArtifact.PLAN, plan.fingerprint());
  }

  private static Result result(Artifact artifact, long made) {
    List<String[]> rows =
        new String(artifact.read(TABLE), StandardCharsets.UTF_8)
            .lines()
            .skip(1)
            .map(line -> line.split("\t", -1))
            .toList();
    return new Result(
        artifact.manifest().fingerprint(),
        made,
        artifact.uri(TABLE),
        artifact.uri(NOISE),
        artifact.uri(PICTURE),
        Math.sqrt(
            rows.stream()
                .mapToDouble(r -> Math.pow(Double.parseDouble(r[1]), 2))
                .average()
                .orElse(0)),
        rows.stream()
            .filter(r -> !r[2].isEmpty())
            .mapToDouble(r -> Double.parseDouble(r[2]))
            .average()
            .orElse(Double.NaN),
        rows.stream().mapToDouble(r -> Double.parseDouble(r[3])).average().orElse(0));
  }
}
