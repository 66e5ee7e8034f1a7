package io.sparkddpm.spark.latent;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.data.DataType;
import io.sparkddpm.spark.data.RecodeRun;
import io.sparkddpm.spark.data.RecodedShard;
import io.sparkddpm.spark.data.Recoding;
import io.sparkddpm.spark.data.RecordLayout;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.tensor.Batch;
import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Has an autoencoder make a dataset of another one's images, on the executors: their latents, or
 * the images that come back from these. A record depends on its image, the autoencoder and the
 * scale alone: not on partitions, executors, retries, or on how often the job was interrupted. A
 * second run makes what is missing and nothing else.
 */
public final class LatentJob {
  private static final String PSNR = "psnr";

  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private URI source;
  private URI images;
  private URI output;
  private SampleConfig config = SampleConfig.DEFAULTS;
  private int partitions = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * Latents that were made.
   *
   * @param made images that this job encoded; 0 if all were
   * @param layout of each
   * @param codec what made them
   */
  public record Latents(
      URI dataset,
      String fingerprint,
      long images,
      long made,
      RecordLayout layout,
      CodecNote codec) {}

  /**
   * Images that came back.
   *
   * @param made images that this job made; 0 if all were
   * @param psnr peak signal-to-noise ratio of the mean squared error over all of them, in decibels
   */
  public record Reconstructions(
      URI dataset, String fingerprint, long images, long made, double psnr) {}

  private LatentJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static LatentJob on(SparkSession session) {
    return new LatentJob(session);
  }

  /** What computes; ND4J without it. */
  public LatentJob engine(EngineFactory factory) {
    this.engine = factory;
    return this;
  }

  /** A run of an autoencoder, whose latest whole checkpoint is meant, or a checkpoint. */
  public LatentJob from(URI runOrCheckpoint) {
    this.source = runOrCheckpoint;
    return this;
  }

  /** A dataset of images. */
  public LatentJob images(URI dataset) {
    this.images = dataset;
    return this;
  }

  /** Where the new dataset goes. */
  public LatentJob to(URI directory) {
    this.output = directory;
    return this;
  }

  /** Weights and batches; nothing else of it is read. */
  public LatentJob config(SampleConfig value) {
    this.config = value;
    return this;
  }

  /** At most so many tasks; without it, one for each shard. Changes nothing but the speed. */
  public LatentJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /** Receives the progress of the job. */
  public LatentJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Makes a dataset of latents, scaled to a variance of 1 or as {@code model.latent-scale} of the
   * autoencoder says.
   *
   * @throws UserException if there is no such autoencoder or dataset, they do not fit, or the
   *     output holds something else
   * @throws TrainingDivergedException if the autoencoder gives values that are no numbers
   */
  public Latents encode() {
    CodedDataset from = open();
    RecordLayout layout = new RecordLayout(DataType.FLOAT32, from.codec().network().latent());
    PlannedArtifact directory = from.directory(output, "latents", config.batchSize());
    Manifest.Builder manifest = from.manifest(directory, layout);
    RecodeRun run = run(from);
    Artifact made =
        directory.orMake(
            manifest,
            (writer, lease) -> {
              LatentCodec codec = from.codec().withScale(scale(from));
              codec.note().write(manifest);
              run.run(
                  "encode",
                  new Encoding(layout, codec),
                  codec.note().identity() + " " + directory.plan(),
                  writer,
                  lease);
            });
    return new Latents(
        output,
        made.manifest().fingerprint(),
        from.dataset().size(),
        run.made(),
        layout,
        CodecNote.read(made.manifest()).orElseThrow());
  }

  /**
   * Makes a dataset of the images that come back.
   *
   * @throws UserException as {@link #encode}
   */
  public Reconstructions reconstruct() {
    CodedDataset from = open();
    RecordLayout layout = from.dataset().layout();
    PlannedArtifact directory = from.directory(output, "reconstructions", config.batchSize());
    Manifest.Builder manifest = from.manifest(directory, layout);
    RecodeRun run = run(from);
    Artifact made =
        directory.orMake(
            manifest,
            (writer, lease) -> {
              List<RecodedShard> shards =
                  run.run(
                      "reconstruct",
                      new Reconstruction(layout, from.codec()),
                      directory.plan(),
                      writer,
                      lease);
              manifest.note(PSNR, psnr(from, shards));
            });
    return new Reconstructions(
        output,
        made.manifest().fingerprint(),
        from.dataset().size(),
        run.made(),
        Double.parseDouble(made.manifest().notes().get(PSNR)));
  }

  private CodedDataset open() {
    checkState(
        source != null && images != null && output != null, "source, images and output are needed");
    Configuration conf = session.sparkContext().hadoopConfiguration();
    int threads = session.sparkContext().getConf().getInt("spark.task.cpus", 1);
    return CodedDataset.open(conf, source, config.weights(), images, engine, threads);
  }

  private RecodeRun run(CodedDataset from) {
    return new RecodeRun(spark(), from.dataset(), config.batchSize(), partitions, progress);
  }

  private JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  private double scale(CodedDataset from) {
    double fixed = from.codec().network().latentScale();
    double scale =
        fixed > 0
            ? fixed
            : LatentScale.measure(
                spark(), from.codec(), from.dataset(), config.batchSize(), partitions, progress);
    if (!Double.isFinite(scale)) {
      throw new TrainingDivergedException(
          "The latents of %s are all equal or not finite; their scale would be %s",
          from.checkpoint(), scale);
    }
    return scale;
  }

  /** 10·log10(255² / mean squared error). */
  private static double psnr(CodedDataset from, List<RecodedShard> shards) {
    long squares = shards.stream().mapToLong(RecodedShard::squaredError).sum();
    double values = (double) from.dataset().size() * from.dataset().layout().shape().length();
    return 10 * Math.log10(255.0 * 255.0 * values / squares);
  }

  private record Encoding(RecordLayout layout, LatentCodec codec) implements Recoding {
    private static final long serialVersionUID = 1L;

    @Override
    public Batch recode(Batch images) {
      Batch latents = codec.encode(images);
      for (float value : latents.data()) {
        if (!Float.isFinite(value)) {
          throw new TrainingDivergedException("The autoencoder gives latents that are not finite");
        }
      }
      return latents;
    }
  }

  private record Reconstruction(RecordLayout layout, LatentCodec codec) implements Recoding {
    private static final long serialVersionUID = 1L;

    @Override
    public Batch recode(Batch images) {
      return codec.reconstruct(images);
    }
  }
}
