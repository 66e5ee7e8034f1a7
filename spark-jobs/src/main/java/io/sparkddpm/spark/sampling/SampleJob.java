package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.Ema;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws images from a checkpoint on the executors. Image i depends on the seed, i, the checkpoint
 * and the configuration of the sampler alone: not on partitions, executors, retries, how many
 * images are drawn, or on how often the job was interrupted. A second run makes what is missing or
 * damaged and nothing else.
 */
public final class SampleJob {
  private static final Logger LOG = LoggerFactory.getLogger(SampleJob.class);
  private static final int GRID_IMAGES = 64;
  private static final double NANOS = 1e9;

  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private URI source;
  private URI output;
  private long count;
  private SampleConfig config = SampleConfig.DEFAULTS;
  private SampleOverrides overrides = SampleOverrides.NONE;
  private boolean npz;
  private int partitions = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * What there is now.
   *
   * @param output the artefact
   * @param fingerprint of its manifest
   * @param checkpoint that the images were drawn from
   * @param step training steps of that checkpoint
   * @param images in the artefact
   * @param made images that this job drew; 0 if all were there
   * @param seconds that it took
   * @param grid a sheet of the first images, PNG
   * @param strip how image 0 came about, PNG
   * @param npz all pixels, if they were asked for
   */
  public record Result(
      URI output,
      String fingerprint,
      URI checkpoint,
      long step,
      long images,
      long made,
      double seconds,
      URI grid,
      URI strip,
      Optional<URI> npz) {}

  private SampleJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static SampleJob on(SparkSession session) {
    return new SampleJob(session);
  }

  /** What computes; DL4J's native back end without it. */
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

  /** Who is told how far the job is. */
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
    Configuration conf = session.sparkContext().hadoopConfiguration();
    Checkpoint checkpoint = checkpoint(conf);
    return new Session(conf, checkpoint, plan(checkpoint)).run();
  }

  /**
   * The same samples, drawn when and where they are asked for and stored nowhere.
   *
   * @throws UserException as {@link #run}
   */
  public DrawnSamples drawn() {
    checkState(source != null && output == null, "a source and no output are needed");
    Checkpoint checkpoint = checkpoint(session.sparkContext().hadoopConfiguration());
    SamplePlan plan = plan(checkpoint);
    return new DrawnSamples(
        JavaSparkContext.fromSparkContext(session.sparkContext()),
        drawing(checkpoint, plan),
        manifest(checkpoint, plan).build(),
        checkpoint.uri());
  }

  private ShardSampler drawing(Checkpoint checkpoint, SamplePlan plan) {
    return new ShardSampler(
        plan,
        engine,
        checkpoint.settings().optimizer(),
        session.sparkContext().getConf().getInt("spark.task.cpus", 1),
        checkpoint.weights(config.weights(), engine.layout(plan.network())));
  }

  private Manifest.Builder manifest(Checkpoint checkpoint, SamplePlan plan) {
    return Manifest.builder(ArtifactKind.SAMPLES)
        .config(plan.toMap())
        .seed("sample", config.seed())
        .input(checkpoint.uri().toString(), checkpoint.manifest().fingerprint())
        .count(Samples.COUNT, count)
        .count("shards", plan.shards().size())
        .count("checkpoint-step", checkpoint.step())
        .property("channels", plan.network().outputChannels())
        .property("height", plan.network().imageSize())
        .property("width", plan.network().imageSize())
        .property("weights", config.weights())
        .property(Samples.PLAN, plan.fingerprint());
  }

  private Checkpoint checkpoint(Configuration conf) {
    Checkpoint checkpoint = Checkpoints.resolve(conf, source);
    if (!checkpoint.weightNames().contains(config.weights())) {
      throw new UserException(
          "%s has no weights '%s', it has %s",
          checkpoint, config.weights(), String.join(", ", checkpoint.weightNames()));
    }
    return checkpoint;
  }

  /**
   * Refuses, before there is a run, a configuration that cannot draw from one.
   *
   * @param settings of the run
   * @param count of images
   * @throws UserException saying what does not fit
   */
  public static void requireFits(SampleConfig config, RunSettings settings, long count) {
    List<String> names = new ArrayList<>(List.of(Checkpoint.RAW));
    settings.training().emaRates().forEach(rate -> names.add(Ema.name(rate)));
    if (!names.contains(config.weights())) {
      throw new UserException(
          "sample.weights is %s, but a run with training.ema-rates %s has %s: set one of the two",
          config.weights(), settings.training().emaRates(), String.join(", ", names));
    }
    try {
      new SamplePlan(
          "", settings.model(), settings.schedule(), settings.diffusion(), config, count, "");
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot sample from such a run: %s", e.getMessage());
    }
  }

  private SamplePlan plan(Checkpoint checkpoint) {
    try {
      return new SamplePlan(
          checkpoint.manifest().fingerprint(),
          checkpoint.modelConfig(),
          checkpoint.schedule(),
          overrides.applyTo(checkpoint),
          config,
          count,
          engine.name());
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot sample from %s: %s", checkpoint, e.getMessage());
    }
  }

  /** One run of the job. */
  private final class Session {
    private final Configuration conf;
    private final Checkpoint checkpoint;
    private final SamplePlan plan;
    private final long began = System.nanoTime();
    private long made;

    Session(Configuration conf, Checkpoint checkpoint, SamplePlan plan) {
      this.conf = conf;
      this.checkpoint = checkpoint;
      this.plan = plan;
    }

    Result run() {
      Optional<Artifact> there = there();
      if (there.isPresent() && isAllThere(there.get())) {
        return result(there.get());
      }
      try (Lease lease = Lease.acquire(conf, output)) {
        Optional<Artifact> now = there();
        boolean finishedMeanwhile =
            now.isPresent()
                && !now.map(Artifact::manifest).equals(there.map(Artifact::manifest))
                && isAllThere(now.get());
        return finishedMeanwhile ? result(now.get()) : make(now, lease);
      }
    }

    private Optional<Artifact> there() {
      if (!Artifact.exists(conf, output)) {
        return Optional.empty();
      }
      Artifact there = Artifact.open(conf, output, ArtifactKind.SAMPLES);
      refuseOthers(there.manifest());
      return Optional.of(there);
    }

    private Result make(Optional<Artifact> there, Lease lease) {
      List<FinishedShard> candidates = new ArrayList<>();
      if (there.isPresent()) {
        candidates.addAll(fromManifest(there.get().manifest()));
        delete(lease, Manifest.FILE_NAME);
      } else {
        candidates.addAll(fromNotes());
      }
      ArtifactWriter writer =
          ArtifactWriter.create(conf, output, ArtifactKind.SAMPLES, lease.token());
      TreeMap<Integer, FinishedShard> shards = makeMissing(candidates, lease.token());
      shards.values().forEach(s -> writer.add(s.images()));
      write(writer, Samples.STRIP, Artifact.read(conf, output, shards.get(0).strip()));
      writePixels(writer, shards);
      if (!npz) {
        delete(lease, Samples.NPZ);
      }
      writer.discardOtherAttempts(Samples.IMAGES, Samples.SHARD_PREFIX, Samples.SHARD_SUFFIX);
      writer.discardUnfinished();
      Artifact artifact = writer.commit(manifest(checkpoint, plan));
      delete(lease, FinishedShard.DIRECTORY);
      return result(artifact);
    }

    private void refuseOthers(Manifest there) {
      if (!plan.fingerprint().equals(there.properties().get(Samples.PLAN))) {
        List<String> differences = new ArrayList<>();
        plan.toMap()
            .forEach(
                (key, value) -> {
                  String old = there.config().get(key);
                  if (!value.equals(old)) {
                    differences.add(key + " was " + old + ", is now " + value);
                  }
                });
        throw new UserException(
            "%s already holds other samples (%s); choose another output or delete it first",
            output,
            differences.isEmpty() ? "of another checkpoint" : String.join("; ", differences));
      }
    }

    private boolean isAllThere(Artifact there) {
      List<String> problems = there.damage();
      problems.forEach(p -> LOG.warn("To be made again: {}", p));
      return problems.isEmpty() && (!npz || there.manifest().file(Samples.NPZ).isPresent());
    }

    private List<FinishedShard> fromManifest(Manifest there) {
      List<FinishedShard> found = new ArrayList<>();
      for (FileEntry images : Samples.shards(there)) {
        FileEntry strip = found.isEmpty() ? there.file(Samples.STRIP).orElse(null) : null;
        found.add(new FinishedShard(plan.fingerprint(), found.size(), images, strip));
      }
      return found;
    }

    /** What an interrupted job left. */
    private List<FinishedShard> fromNotes() {
      List<FinishedShard> found = new ArrayList<>();
      URI notes = Locations.resolve(output, FinishedShard.DIRECTORY);
      FileSystem fs = Locations.fileSystem(conf, notes);
      try {
        for (FileStatus status : fs.listStatus(new Path(notes))) {
          if (status.getPath().getName().endsWith(FinishedShard.SUFFIX)) {
            try (FSDataInputStream in = fs.open(status.getPath())) {
              FinishedShard.fromJson(in.readAllBytes()).ifPresent(found::add);
            }
          }
        }
      } catch (FileNotFoundException e) {
        return found; // nothing was begun
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", notes, e.getMessage());
      }
      found.removeIf(f -> !f.plan().equals(plan.fingerprint()));
      return found;
    }

    private TreeMap<Integer, FinishedShard> makeMissing(
        List<FinishedShard> candidates, LeaseToken lease) {
      ShardRunner runner = new ShardRunner(session, output, partitions);
      TreeMap<Integer, FinishedShard> shards = new TreeMap<>();
      for (FinishedShard whole : runner.whole(candidates)) {
        shards.putIfAbsent(whole.number(), whole);
      }
      List<SamplePlan.Shard> missing = new ArrayList<>(plan.shards());
      missing.removeIf(s -> shards.containsKey(s.number()));
      long kept = count - missing.stream().mapToLong(SamplePlan.Shard::images).sum();
      if (!missing.isEmpty()) {
        made = count - kept;
        ShardSampler drawing = drawing(checkpoint, plan);
        session.sparkContext().setJobDescription(description(made));
        try (Progress.Task task = progress.start("sample", count)) {
          task.skip(kept);
          runner.make(drawing, missing, lease, task).forEach(s -> shards.put(s.number(), s));
        }
      }
      return shards;
    }

    private String description(long images) {
      return String.format(
          Locale.ROOT,
          "sample: %d images by %s in %d steps from step %d, %s",
          images,
          config.sampler().name().toLowerCase(Locale.ROOT),
          plan.grid().steps(),
          checkpoint.step(),
          config.weights());
    }

    /** One pass over the shards for the sheet and, if asked for, all pixels. */
    private void writePixels(ArtifactWriter writer, TreeMap<Integer, FinishedShard> shards) {
      List<ByteImage> first = new ArrayList<>();
      try (PixelArray all = npz ? new PixelArray(writer.output(Samples.NPZ)) : null) {
        for (FinishedShard shard : shards.values()) {
          if (all == null && first.size() >= Math.min(count, GRID_IMAGES)) {
            break;
          }
          for (Samples.Sample sample : Samples.read(conf, output, shard.images())) {
            if (all == null && first.size() >= GRID_IMAGES) {
              break;
            }
            ByteImage image = ImageCodec.decode(sample.png(), output + ", image " + sample.index());
            if (first.size() < GRID_IMAGES) {
              first.add(image);
            }
            if (all != null) {
              all.add(image);
            }
          }
        }
      } catch (IOException e) {
        throw new UserException(e, "cannot write to %s: %s", output, e.getMessage());
      }
      write(writer, Samples.GRID, ShardSampler.sheet(first));
    }

    /** All pixels as numpy's array arr_0, [N, H, W, C]. */
    private final class PixelArray implements AutoCloseable {
      private final NpzWriter writer;
      private boolean begun;

      PixelArray(OutputStream out) {
        writer = new NpzWriter(out);
      }

      void add(ByteImage image) throws IOException {
        int channels = plan.network().outputChannels(); // PNG decodes grey to three equal ones
        if (!begun) {
          begun = true;
          writer.begin(
              "arr_0",
              NpyArray.Type.UINT8,
              Math.toIntExact(count),
              image.height(),
              image.width(),
              channels);
        }
        int pixels = image.height() * image.width();
        byte[] interleaved = new byte[channels * pixels];
        for (int c = 0; c < channels; c++) {
          for (int p = 0; p < pixels; p++) {
            interleaved[p * channels + c] = image.data()[c * pixels + p];
          }
        }
        writer.write(interleaved, 0, interleaved.length);
      }

      @Override
      public void close() throws IOException {
        writer.close();
      }
    }

    private void write(ArtifactWriter writer, String path, byte[] bytes) {
      try (OutputStream out = writer.output(path)) {
        out.write(bytes);
      } catch (IOException e) {
        throw new UserException(e, "cannot write %s/%s: %s", output, path, e.getMessage());
      }
    }

    private void delete(Lease lease, String path) {
      URI uri = Locations.resolve(output, path);
      lease.check();
      try {
        Locations.fileSystem(conf, uri).delete(new Path(uri), true);
      } catch (IOException e) {
        throw new UserException(e, "cannot delete %s: %s", uri, e.getMessage());
      }
    }

    private Result result(Artifact artifact) {
      return new Result(
          output,
          artifact.manifest().fingerprint(),
          checkpoint.uri(),
          checkpoint.step(),
          count,
          made,
          (System.nanoTime() - began) / NANOS,
          artifact.uri(Samples.GRID),
          artifact.uri(Samples.STRIP),
          artifact.manifest().file(Samples.NPZ).map(f -> artifact.uri(Samples.NPZ)));
    }
  }
}
