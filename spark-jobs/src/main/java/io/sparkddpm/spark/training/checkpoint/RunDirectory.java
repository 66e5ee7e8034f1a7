package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.report.LossPlot;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.spark.training.RunSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A run directory that a job holds by a lease: writes the run's checkpoints, its settings, metrics
 * and manifest, and deletes the checkpoints that its rule does not keep. One thread at a time.
 */
public final class RunDirectory {
  /** Property of the run's manifest: fingerprint of its last checkpoint. */
  private static final String CHECKPOINT = "checkpoint-fingerprint";

  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

  private final Configuration conf;
  private final URI run;
  private final Lease lease;
  private final RunSettings settings;
  private final Optional<InputRef> dataset;
  private final DatasetNotes notes;
  private final Retention rule;

  /**
   * @param lease on the directory, checked before anything is written or deleted
   * @param dataset that the run is trained on; empty for one that begins without
   * @param notes of the dataset
   * @param rule which checkpoints stay
   */
  public RunDirectory(
      Configuration conf,
      URI run,
      Lease lease,
      RunSettings settings,
      Optional<InputRef> dataset,
      DatasetNotes notes,
      Retention rule) {
    this.conf = conf;
    this.run = run;
    this.lease = lease;
    this.settings = settings;
    this.dataset = dataset;
    this.notes = notes;
    this.rule = rule;
  }

  /** Creates the directory if it does not exist. */
  public static void create(Configuration conf, URI run) {
    try {
      Locations.fileSystem(conf, run).mkdirs(new Path(run));
    } catch (IOException e) {
      throw new UserException(e, "cannot create the directory %s: %s", run, e.getMessage());
    }
  }

  /** Its address. */
  public URI uri() {
    return run;
  }

  /** What the run is trained on; empty for one that begins without. */
  public Optional<InputRef> dataset() {
    return dataset;
  }

  /**
   * 16 hexadecimal digits by which other programs know the run, wherever it is moved. They are
   * chosen when they are first asked for, and kept in a file beside the run's metrics.
   */
  public String id() {
    URI file = Locations.resolve(run, RunFiles.ID);
    if (Lookup.exists(conf, file)) {
      String id = new String(PlainFile.read(conf, file), StandardCharsets.UTF_8).strip();
      if (ID.matcher(id).matches()) { // not where writing it was broken off
        return id;
      }
    }
    String id = lease.token().id();
    write(RunFiles.ID, (id + "\n").getBytes(StandardCharsets.UTF_8));
    return id;
  }

  /** Where a run is resumed; changes nothing. */
  public ResumePoint resumePoint() {
    return ResumePoint.find(conf, run);
  }

  /** The run's metrics up to a step; −1: a log without any. */
  public MetricsLog metrics(long step) {
    return new MetricsLog(conf, run, step, Optional.of(lease.token()));
  }

  /** Writes settings.conf. */
  public void writeSettings() {
    write(RunFiles.SETTINGS, ConfigText.render(settings).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a checkpoint of a state, with the metrics before it, and deletes what the rule does not
   * keep.
   *
   * @param importedSha256 of the weights with which the run began; empty: its own
   */
  public Checkpoint checkpoint(
      RunState state, MetricsLog metrics, Optional<String> importedSha256) {
    lease.check();
    long step = state.training().step();
    metrics.seal(step);
    URI dir = RunFiles.checkpoint(run, step);
    discardLeftovers(dir);
    Checkpoint written =
        state.write(conf, dir, settings, dataset, notes, importedSha256, lease.token());
    tidy(metrics, written);
    return written;
  }

  /** Deletes the checkpoints that the rule does not keep; writes metrics and their plot. */
  public void tidy(MetricsLog metrics, Checkpoint last) {
    lease.check();
    Checkpoints.retain(conf, run, rule, metrics.all(), last.step());
    metrics.publish();
    byte[] plot = LossPlot.png(metrics.all());
    if (plot.length > 0) {
      write(RunFiles.LOSS_PLOT, plot);
    }
  }

  /** Deletes what a run has left beyond the checkpoint from which it resumes. */
  public void deleteAfter(ResumePoint point, MetricsLog metrics, long step) {
    lease.check();
    point.removeDamaged();
    metrics.deleteAfter(step);
  }

  /** Deletes what an interrupted attempt may have left. */
  private void discardLeftovers(URI checkpoint) {
    try {
      if (Locations.fileSystem(conf, checkpoint).exists(new Path(checkpoint))) {
        lease.check();
        Checkpoints.delete(conf, checkpoint);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", checkpoint, e.getMessage());
    }
  }

  /** Whether the run's manifest is there, written after this checkpoint. */
  public boolean isFinished(Checkpoint last) {
    return Artifact.exists(conf, run)
        && last.manifest()
            .fingerprint()
            .equals(Artifact.open(conf, run).manifest().properties().get(CHECKPOINT));
  }

  /** Deletes the run's manifest: the run is not finished. */
  public void deleteManifest() {
    lease.check();
    try {
      Path manifest = new Path(Locations.resolve(run, Manifest.FILE_NAME));
      Locations.fileSystem(conf, run).delete(manifest, false);
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", run, e.getMessage());
    }
  }

  /** Writes the run's manifest, which names its last checkpoint. */
  public void writeManifest(RunState state, Checkpoint last) {
    Manifest.Builder manifest =
        Manifest.builder(ArtifactKind.RUN)
            .config(settings.toMap())
            .seed("run", settings.seed())
            .count(Checkpoint.STEP, last.step())
            .property("checkpoint", RunFiles.CHECKPOINTS + "/" + RunFiles.step(last.step()))
            .property(CHECKPOINT, last.manifest().fingerprint());
    dataset.ifPresent(d -> manifest.input(d.uri(), d.fingerprint()));
    state.arithmetic().write(manifest);
    ArtifactWriter.create(conf, run, ArtifactKind.RUN, lease.token()).commit(manifest);
  }

  /** Whether the sample grid of a step is there and whole. */
  public boolean hasGrid(long step) {
    return GridFile.isWhole(conf, RunFiles.grid(run, step));
  }

  /** Writes the sample grid of a step. */
  public void writeGrid(long step, byte[] png) {
    write(run.relativize(RunFiles.grid(run, step)).toString(), png);
  }

  private void write(String path, byte[] bytes) {
    try (ArtifactOutput out = ArtifactOutput.create(conf, lease.token(), run, path, path)) {
      out.write(bytes, 0, bytes.length);
    }
  }
}
