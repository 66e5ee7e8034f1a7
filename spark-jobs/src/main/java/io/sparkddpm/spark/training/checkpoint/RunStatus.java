package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.LeaseHolders;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.spark.training.RunSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * How far a run is, from the files that it writes; reads no weights. A run in progress publishes
 * its metrics every few seconds, so that what is shown may be that old.
 *
 * @param steps that the run was last started for
 * @param batchSize examples in a step
 * @param checkpoint step of the latest checkpoint with a manifest
 * @param checkpoints how many have one
 * @param metrics the latest line; empty before the first
 * @param holders who is writing the run, a line for each process
 */
public record RunStatus(
    long steps,
    int batchSize,
    long checkpoint,
    int checkpoints,
    Optional<TrainingMetrics> metrics,
    List<String> holders) {

  /**
   * Reads a run's files.
   *
   * @throws UserException if no run has begun there
   * @throws io.sparkddpm.spark.store.UnreadableException if the file system fails
   */
  public static RunStatus of(Configuration conf, URI run) {
    List<Checkpoint> checkpoints = Checkpoints.list(conf, run);
    if (checkpoints.isEmpty()) {
      throw none(conf, run);
    }
    Checkpoint checkpoint = checkpoints.get(checkpoints.size() - 1);
    RunSettings settings = settings(conf, run).orElse(checkpoint.settings());
    return new RunStatus(
        settings.training().steps(),
        settings.training().batchSize(),
        checkpoint.step(),
        checkpoints.size(),
        lastLine(conf, run),
        LeaseHolders.of(conf, run));
  }

  /** Why there is no run. */
  private static UserException none(Configuration conf, URI run) {
    Lookup.requireDirectory(conf, run);
    if (Artifact.exists(conf, run)) {
      return new UserException(
          "%s is no run: its manifest is of kind '%s'",
          run, Artifact.open(conf, run).manifest().kind());
    }
    List<String> holders = LeaseHolders.of(conf, run);
    return holders.isEmpty()
        ? new UserException(
            "%s is no run: it has no checkpoint, and the first is written before the first step",
            run)
        : new UserException(
            "%s has no checkpoint yet; the first is written before the first step, by %s",
            run, String.join(" or ", holders));
  }

  /** Settings of the last start, which may be later than the last checkpoint. */
  private static Optional<RunSettings> settings(Configuration conf, URI run) {
    URI file = Locations.resolve(run, RunFiles.SETTINGS);
    return text(conf, file)
        .map(
            hocon ->
                ConfigBinder.bind(RunSettings.DEFAULTS, ConfigLayer.text(file.toString(), hocon)));
  }

  private static Optional<TrainingMetrics> lastLine(Configuration conf, URI run) {
    URI file = Locations.resolve(run, RunFiles.METRICS);
    Optional<String> text = text(conf, file).map(String::stripTrailing).filter(t -> !t.isEmpty());
    return text.map(
        t -> TrainingMetrics.fromJson(t.substring(t.lastIndexOf('\n') + 1), file + ", last line"));
  }

  private static Optional<String> text(Configuration conf, URI file) {
    return Lookup.exists(conf, file)
        ? Optional.of(new String(PlainFile.read(conf, file), StandardCharsets.UTF_8))
        : Optional.empty();
  }

  /** Steps taken, as far as is known. */
  public long step() {
    return Math.max(checkpoint, metrics.map(TrainingMetrics::step).orElse(0L));
  }

  /** Whether it has taken all its steps. */
  public boolean isDone() {
    return checkpoint >= steps;
  }

  /** Time that the steps still to come take at the latest speed; empty where none is known. */
  public Optional<Duration> timeLeft() {
    double speed = metrics.map(TrainingMetrics::imagesPerSecond).orElse(Double.NaN);
    long left = Math.max(0, steps - step());
    return speed > 0
        ? Optional.of(Duration.ofSeconds(Math.round(left * (double) batchSize / speed)))
        : Optional.empty();
  }
}
