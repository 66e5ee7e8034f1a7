package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a run can be resumed, and what is damaged of what came after that. */
public final class ResumePoint {
  private static final Logger LOG = LoggerFactory.getLogger(ResumePoint.class);

  private final Configuration conf;
  private final Optional<Checkpoint> checkpoint;
  private final List<URI> damaged;

  private ResumePoint(Configuration conf, Optional<Checkpoint> checkpoint, List<URI> damaged) {
    this.conf = conf;
    this.checkpoint = checkpoint;
    this.damaged = damaged;
  }

  /**
   * Finds the latest whole checkpoint; changes nothing.
   *
   * @throws UserException if the run once had a whole checkpoint and has none now: a run from step
   *     0 must not take its place
   * @throws io.sparkddpm.spark.store.UnreadableException if the file system fails
   */
  static ResumePoint find(Configuration conf, URI run) {
    NavigableMap<Long, URI> all = Checkpoints.directories(conf, run);
    List<URI> damaged = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (URI dir : all.descendingMap().values()) {
      List<String> found = Checkpoints.damage(conf, dir);
      if (found.isEmpty()) {
        return new ResumePoint(conf, Optional.of(Checkpoint.read(conf, dir)), damaged);
      }
      LOG.warn("A checkpoint is not whole: {}", String.join("; ", found));
      damaged.add(dir);
      problems.add(found.get(0));
    }
    if (hadWholeOne(conf, run, all)) {
      throw new UserException(
          "%s has lost all its checkpoints%s: put back what is missing, or delete %s to begin again"
              + " at step 0",
          run, problems.isEmpty() ? "" : " (" + String.join("; ", problems) + ")", run);
    }
    if (!damaged.isEmpty()) {
      LOG.warn("Beginning at step 0: the first checkpoint of {} was never finished", run);
    }
    return new ResumePoint(conf, Optional.empty(), damaged);
  }

  /** A first checkpoint may be half-written; whatever comes later comes after a whole one. */
  private static boolean hadWholeOne(Configuration conf, URI run, NavigableMap<Long, URI> all) {
    return all.entrySet().stream().anyMatch(e -> e.getKey() > 0 || hasManifest(conf, e))
        || MetricsLog.isSealed(conf, run)
        || Lookup.exists(conf, Locations.resolve(run, Manifest.FILE_NAME));
  }

  private static boolean hasManifest(Configuration conf, Map.Entry<Long, URI> checkpoint) {
    return Artifact.exists(conf, checkpoint.getValue());
  }

  /** Empty for a run that has not begun. */
  public Optional<Checkpoint> checkpoint() {
    return checkpoint;
  }

  /**
   * Removes damaged checkpoints later than the point, once it is certain that they are.
   *
   * @throws UserException if one is whole now: then nothing that is read can be relied on
   */
  void removeDamaged() {
    for (URI dir : damaged) {
      List<String> again = Checkpoints.damage(conf, dir);
      if (again.isEmpty()) {
        throw new UserException(
            "%s was read as damaged and is whole now: start again once its storage can be relied"
                + " on",
            dir);
      }
      LOG.warn("Removing a damaged checkpoint: {}", String.join("; ", again));
      Checkpoints.delete(conf, dir);
    }
  }
}
