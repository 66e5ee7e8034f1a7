package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A run's metrics. What belongs to a checkpoint is sealed in a part of its own before the
 * checkpoint becomes whole, and never written again: so a resumed run continues after the lines of
 * its checkpoint, on file systems that cannot append too. {@code metrics.jsonl} is all of it in one
 * file, written anew from time to time; {@code tensorboard/} holds the sealed parts as event files.
 * One thread at a time.
 */
public final class MetricsLog {
  private static final long NANOS = 1_000_000_000L;

  private final Configuration conf;
  private final URI run;
  private final Optional<LeaseToken> lease;
  private final List<TrainingMetrics> all = new ArrayList<>();
  private int sealed;
  private long lastPublished = System.nanoTime();
  private long pause = 5 * NANOS;

  /**
   * The metrics of a run as of a step. What was written of later steps is not read, and stays until
   * {@link #deleteAfter}.
   *
   * @param lease on the run, checked with every file that is written; empty: to be read only
   * @throws UserException naming file and line, if a part cannot be read
   */
  MetricsLog(Configuration conf, URI run, long step, Optional<LeaseToken> lease) {
    this.conf = conf;
    this.run = run;
    this.lease = lease;
    FileSystem fs = Locations.fileSystem(conf, run);
    for (Path part : parts(conf, run).headMap(step, true).values()) {
      try {
        read(fs, part);
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", part, e.getMessage());
      }
    }
    sealed = all.size();
  }

  /** Deletes what was written of later steps than one, before those are taken again. */
  void deleteAfter(long step) {
    FileSystem fs = Locations.fileSystem(conf, run);
    for (Map.Entry<Long, Path> later : parts(conf, run).tailMap(step, false).entrySet()) {
      try {
        fs.delete(later.getValue(), false);
        fs.delete(new Path(Locations.resolve(run, events(later.getKey()))), false);
      } catch (IOException e) {
        throw new UserException(e, "cannot delete %s: %s", later.getValue(), e.getMessage());
      }
    }
  }

  /** The metrics of any run, for reports: as much as belongs to its latest checkpoint. */
  public static List<TrainingMetrics> read(Configuration conf, URI run) {
    OptionalLong step = Checkpoints.latestStep(conf, run);
    return step.isPresent()
        ? new MetricsLog(conf, run, step.getAsLong(), Optional.empty()).all()
        : List.of();
  }

  /** Whether any are sealed: then a checkpoint was whole, as the first comes before all metrics. */
  static boolean isSealed(Configuration conf, URI run) {
    return !parts(conf, run).isEmpty();
  }

  private static TreeMap<Long, Path> parts(Configuration conf, URI run) {
    URI dir = Locations.resolve(run, RunFiles.METRICS_PARTS);
    TreeMap<Long, Path> parts = new TreeMap<>();
    for (FileStatus status : Lookup.list(conf, dir)) {
      OptionalLong step = RunFiles.stepOf(status.getPath().getName(), RunFiles.PART_SUFFIX);
      step.ifPresent(s -> parts.put(s, status.getPath()));
    }
    return parts;
  }

  private void read(FileSystem fs, Path part) throws IOException {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(fs.open(part), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        all.add(TrainingMetrics.fromJson(line, part + ", line " + number));
      }
    }
  }

  /** All lines, in the order of their steps; a view. */
  public List<TrainingMetrics> all() {
    return Collections.unmodifiableList(all);
  }

  /** Appends a line. */
  public void add(TrainingMetrics metrics) {
    all.add(metrics);
  }

  /** Writes what came since the last time, for good; before the checkpoint of that step. */
  public void seal(long step) {
    if (all.size() > sealed) {
      String part = RunFiles.METRICS_PARTS + "/" + RunFiles.step(step) + RunFiles.PART_SUFFIX;
      List<TrainingMetrics> sealing = all.subList(sealed, all.size());
      write(part, sealing);
      write(events(step), MetricsEvents.toBytes(sealing, System.currentTimeMillis() / 1000.0));
      sealed = all.size();
    }
  }

  /** Writes metrics.jsonl. */
  public void publish() {
    long began = System.nanoTime();
    write(RunFiles.METRICS, all);
    lastPublished = System.nanoTime();
    pause = Math.max(5 * NANOS, 20 * (lastPublished - began));
  }

  /** Writes metrics.jsonl, if that was long ago for what it costs. */
  public void publishNowAndThen() {
    if (System.nanoTime() - lastPublished > pause) {
      publish();
    }
  }

  private void write(String path, List<TrainingMetrics> metrics) {
    StringBuilder text = new StringBuilder();
    metrics.forEach(m -> text.append(m.toJson()).append('\n'));
    write(path, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String events(long step) {
    return RunFiles.TENSORBOARD + "/" + MetricsEvents.fileName(step);
  }

  private void write(String path, byte[] bytes) {
    LeaseToken token = lease.orElseThrow(() -> new IllegalStateException("opened to be read only"));
    try (ArtifactOutput out = ArtifactOutput.create(conf, token, run, path, path)) {
      out.write(bytes, 0, bytes.length);
    }
  }
}
