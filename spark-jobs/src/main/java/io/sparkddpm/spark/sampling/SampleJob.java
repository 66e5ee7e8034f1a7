package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.solver.Rows;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.latent.LatentCodec;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Draws images from a checkpoint on the executors. Image i depends on the seed, i, the checkpoint
 * and the configuration of the sampler alone: not on partitions, executors, retries, how many
 * images are drawn, or on how often the job was interrupted. A second run makes what is missing or
 * damaged and nothing else.
 */
public final class SampleJob {
  private static final double NANOS = 1e9;

  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private URI source;
  private URI output;
  private long count;
  private SampleConfig config = SampleConfig.DEFAULTS;
  private SampleOverrides overrides = SampleOverrides.NONE;
  private Optional<URI> images = Optional.empty();
  private Optional<URI> mask = Optional.empty();
  private Optional<URI> codec = Optional.empty();
  private IntFunction<? extends Rows> rows;
  private Optional<String> className = Optional.empty();
  private boolean npz;
  private int partitions = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * The samples.
   *
   * @param output the artefact
   * @param fingerprint of its manifest
   * @param checkpoint that the images were drawn from
   * @param step training steps of that checkpoint
   * @param medium what was drawn
   * @param images items in the artefact
   * @param made images that this job drew; 0 if all were there
   * @param seconds that it took
   * @param grid a sheet of the first images or of all rows, PNG
   * @param strip how image 0 came about, PNG; none of images in rows
   * @param npz all pixels, if they were asked for
   * @param codec what decoded latents that the network draws
   * @param labelledGrid the sheet with the names of its rows' classes, SVG, if they are known
   */
  public record Result(
      URI output,
      String fingerprint,
      URI checkpoint,
      long step,
      Medium medium,
      long images,
      long made,
      double seconds,
      URI grid,
      Optional<URI> strip,
      Optional<URI> npz,
      Optional<CodecNote> codec,
      Optional<URI> labelledGrid) {}

  private SampleJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static SampleJob on(SparkSession session) {
    return new SampleJob(session);
  }

  /** What computes; ND4J without it. */
  public SampleJob engine(EngineFactory factory) {
    this.engine = factory;
    return this;
  }

  /** A checkpoint, or a run, whose latest whole checkpoint is meant. */
  public SampleJob from(URI runOrCheckpoint) {
    this.source = runOrCheckpoint;
    return this;
  }

  /** Where the images go. */
  public SampleJob to(URI directory) {
    this.output = directory;
    return this;
  }

  /** How many images, at least 1. */
  public SampleJob count(long images) {
    this.count = images;
    return this;
  }

  /** How they are drawn. */
  public SampleJob config(SampleConfig value) {
    this.config = value;
    return this;
  }

  /**
   * A dataset that the samples are made from, image i from its image i: from the level {@code
   * from-level} of the configuration on, or where a mask says.
   */
  public SampleJob images(URI dataset) {
    this.images = Optional.of(dataset);
    return this;
  }

  /** An image, black where the pixels of {@link #images} are kept, white where they are not. */
  public SampleJob mask(URI image) {
    this.mask = Optional.of(image);
    return this;
  }

  /** Where the checkpoint of the autoencoder lies whose latents are drawn, if it was moved. */
  public SampleJob codec(URI checkpoint) {
    this.codec = Optional.of(checkpoint);
    return this;
  }

  /** The name of the only class that is drawn, in place of the configuration's label. */
  public SampleJob className(String name) {
    this.className = Optional.of(name);
    return this;
  }

  /**
   * Images that lie in rows, as many as these have, in place of {@link #count}. With {@link
   * #images} an interpolation is between two of that dataset.
   *
   * @param ofTimesteps the rows by how many timesteps the schedule has; may throw {@link
   *     IllegalArgumentException} where there are no such rows
   */
  public SampleJob rows(IntFunction<? extends Rows> ofTimesteps) {
    this.rows = ofTimesteps;
    return this;
  }

  /** What is not as the run has it; nothing without it. */
  public SampleJob overrides(SampleOverrides value) {
    this.overrides = value;
    return this;
  }

  /** Whether to write all pixels as {@code samples.npz} too (arr_0, uint8, NHWC). */
  public SampleJob npz(boolean value) {
    this.npz = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public SampleJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /** Receives the progress of the job. */
  public SampleJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Draws what is missing.
   *
   * @throws UserException if there is no such checkpoint or weights, the configuration does not fit
   *     it, or the output holds something else
   * @throws io.sparkddpm.error.TrainingDivergedException if the network predicts values that are no
   *     numbers
   */
  public Result run() {
    checkState(source != null && output != null, "source and output are needed");
    long began = System.nanoTime();
    SampleSource from = open();
    if (npz) {
      requireImages(from.checkpoint(), "an array of pixels is");
    }
    SampleDirectory directory = new SampleDirectory(conf(), output, from.plan());
    SampleRun run = new SampleRun(session, from, directory, npz, partitions, progress);
    Artifact artifact = run.run();
    return new Result(
        output,
        artifact.manifest().fingerprint(),
        from.checkpoint().uri(),
        from.checkpoint().step(),
        from.plan().medium(),
        from.plan().count(),
        run.made(),
        (System.nanoTime() - began) / NANOS,
        artifact.uri(Samples.GRID),
        file(artifact, Samples.STRIP),
        file(artifact, Samples.NPZ),
        from.latents().map(LatentCodec::note),
        file(artifact, Samples.LABELLED_GRID));
  }

  private static Optional<URI> file(Artifact artifact, String path) {
    return artifact.manifest().file(path).map(f -> artifact.uri(path));
  }

  /**
   * The same samples, drawn when and where they are asked for and stored nowhere.
   *
   * @throws UserException as {@link #run}
   */
  public DrawnSamples drawn() {
    checkState(source != null && output == null, "a source and no output are needed");
    SampleSource from = open();
    return new DrawnSamples(
        JavaSparkContext.fromSparkContext(session.sparkContext()),
        from.sampler(threads(session)),
        from.manifest().build(),
        from.checkpoint().uri());
  }

  /**
   * The same samples, by their index, without end: the count decides none of them.
   *
   * @throws UserException as {@link #run}
   */
  public SamplesByIndex byIndex() {
    return new SamplesByIndex(fromNoise());
  }

  /**
   * What the network sees in noisy images, read as the samples are drawn.
   *
   * @throws UserException as {@link #run}; also where the network draws latents
   */
  public ImagePredictor predictor() {
    Checkpoint checkpoint = Checkpoints.resolve(conf(), source);
    if (checkpoint.codec().isPresent()) {
      throw new UserException("%s draws latents: it predicts nothing in images", checkpoint);
    }
    return new ImagePredictor(fromNoise());
  }

  private ShardSampler fromNoise() {
    checkState(
        source != null && output == null && images.isEmpty() && rows == null,
        "a source, no output and no images are needed");
    count = 1;
    SampleSource from = open();
    requireImages(from.checkpoint(), "samples by their index are");
    return from.sampler(threads(session));
  }

  /**
   * Makes sure that a network draws images.
   *
   * @param what needs that, with its verb
   * @throws UserException if it draws something else
   */
  static void requireImages(Checkpoint checkpoint, String what) {
    Medium medium = checkpoint.notes().medium();
    if (!(medium instanceof ImageMedium)) {
      throw new UserException(
          "%s for networks that draw images; %s draws %s", what, checkpoint, medium.plural());
    }
  }

  private Configuration conf() {
    return session.sparkContext().hadoopConfiguration();
  }

  private SampleSource open() {
    if (images.isPresent() && rows == null && mask.isEmpty() && !config.hasFromLevel()) {
      throw new UserException(
          "nothing of %s would be kept: give a mask, or the level at which samples begin"
              + " (sample.from-level)",
          images.get());
    }
    if (mask.isPresent() && images.isEmpty()) {
      throw new UserException("the mask %s is for images that it keeps parts of", mask.get());
    }
    GuidedCheckpoint networks =
        GuidedCheckpoint.open(conf(), Checkpoints.resolve(conf(), source), config);
    SampleConfig wanted =
        className.map(name -> config.withLabel(networks.label(name))).orElse(config);
    return SampleSource.open(
        conf(),
        networks,
        wanted,
        overrides,
        count,
        engine,
        latents(networks.checkpoint()),
        images,
        mask,
        rows);
  }

  private Optional<LatentCodec> latents(Checkpoint checkpoint) {
    if (codec.isPresent() && checkpoint.codec().isEmpty()) {
      throw new UserException("--codec is for networks that draw latents, not for %s", checkpoint);
    }
    return checkpoint
        .codec()
        .map(note -> LatentCodec.open(conf(), note, codec, engine, threads(session)));
  }

  /** Native threads of a task. */
  static int threads(SparkSession session) {
    return session.sparkContext().getConf().getInt("spark.task.cpus", 1);
  }

  /**
   * Refuses, before there is a run, a configuration that cannot draw from one.
   *
   * @param settings of the run
   * @param count of images
   * @throws UserException saying what does not fit
   */
  public static void requireFits(SampleConfig config, RunSettings settings, long count) {
    SampleSource.requireFits(config, settings, count);
  }
}
