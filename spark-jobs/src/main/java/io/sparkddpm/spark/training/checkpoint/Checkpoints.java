package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.ForeignManifestException;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.UnreadableException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints of a run directory. Needs no Spark. */
public final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  private Checkpoints() {}

  /**
   * The latest checkpoint that is whole: manifest and every file as it says. Broken ones after it
   * are named in the log and passed over.
   *
   * @return empty where the run has none
   * @throws UserException if a later one is whole, but of a format or with settings that this
   *     version does not know: resuming from an earlier one would undo it
   * @throws UnreadableException if the file system fails, which does not make a checkpoint broken
   */
  public static Optional<Checkpoint> latestWhole(Configuration conf, URI run) {
    for (URI dir : directories(conf, run).descendingMap().values()) {
      List<String> damage = damage(conf, dir);
      if (damage.isEmpty()) {
        return Optional.of(Checkpoint.read(conf, dir));
      }
      LOG.warn("Passing over a checkpoint that is not whole: {}", String.join("; ", damage));
    }
    return Optional.empty();
  }

  /**
   * The checkpoint that a user means by the URI of a run (its latest whole one) or of a checkpoint.
   *
   * @throws UserException if there is none
   */
  public static Checkpoint resolve(Configuration conf, URI runOrCheckpoint) {
    if (Artifact.exists(conf, runOrCheckpoint)
        && Artifact.open(conf, runOrCheckpoint).manifest().kind() == ArtifactKind.CHECKPOINT) {
      return Checkpoint.read(conf, runOrCheckpoint);
    }
    return latestWhole(conf, runOrCheckpoint)
        .orElseThrow(
            () ->
                new UserException(
                    "%s is no checkpoint, and no run with a whole one", runOrCheckpoint));
  }

  /** All checkpoints with a manifest, oldest first; their files are not read. */
  public static List<Checkpoint> list(Configuration conf, URI run) {
    List<Checkpoint> found = new ArrayList<>();
    for (URI dir : directories(conf, run).values()) {
      if (Artifact.exists(conf, dir)) {
        found.add(Checkpoint.read(conf, dir));
      }
    }
    return found;
  }

  /**
   * What makes a checkpoint broken: missing files, wrong sizes, wrong hashes, a manifest that is
   * cut off or altered. Reads all of it.
   *
   * @return one line for each problem; empty if it is whole
   * @throws UserException if what lies there is something else
   * @throws UnreadableException if the file system fails
   */
  static List<String> damage(Configuration conf, URI dir) {
    Artifact artifact;
    try {
      artifact = Artifact.open(conf, dir);
    } catch (ForeignManifestException | UnreadableException e) {
      throw e;
    } catch (UserException e) {
      return List.of(e.getMessage());
    }
    if (artifact.manifest().kind() != ArtifactKind.CHECKPOINT) {
      throw new UserException(
          "%s holds a %s, not a %s", dir, artifact.manifest().kind(), ArtifactKind.CHECKPOINT);
    }
    return artifact.damage();
  }

  /** Whether a checkpoint is whole by its manifest and the sizes of its files, which is quick. */
  private static boolean seemsWhole(Configuration conf, URI dir) {
    try {
      return Artifact.open(conf, dir).verifySizes().isEmpty();
    } catch (ForeignManifestException e) {
      return true; // for the version that wrote it
    } catch (UnreadableException e) {
      throw e;
    } catch (UserException e) {
      return false;
    }
  }

  /**
   * Deletes all checkpoints up to a step but those that a rule keeps. Where the file system fails
   * while it looks which are whole, it deletes none and says so in the log: the next time will do.
   *
   * @param metrics of the run
   * @param latest step of the latest whole one, which stays; what is later is left alone
   */
  public static void retain(
      Configuration conf, URI run, Retention rule, List<TrainingMetrics> metrics, long latest) {
    NavigableMap<Long, URI> all = directories(conf, run).headMap(latest, true);
    Set<Long> staying;
    try {
      staying =
          rule.staying(
              all.navigableKeySet(),
              step -> step == latest || seemsWhole(conf, all.get(step)),
              metrics);
    } catch (UnreadableException e) {
      LOG.warn("Old checkpoints of {} stay for now: {}", run, e.getMessage());
      return;
    }
    all.forEach(
        (step, dir) -> {
          if (!staying.contains(step)) {
            delete(conf, dir);
          }
        });
  }

  /** Deletes a checkpoint, its manifest first, so that half of it is never taken for a whole. */
  public static void delete(Configuration conf, URI dir) {
    FileSystem fs = Locations.fileSystem(conf, dir);
    try {
      fs.delete(new Path(Locations.resolve(dir, Manifest.FILE_NAME)), false);
      fs.delete(new Path(dir), true);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", dir, e.getMessage());
    }
  }

  /**
   * Deletes all checkpoints of a run that nobody writes but those that a rule keeps, among them the
   * latest whole one; none where none is whole.
   */
  public static void keepOnly(Configuration conf, URI run, Retention rule) {
    latestWhole(conf, run)
        .ifPresent(
            latest ->
                retain(
                    conf, run, rule, rule.best() ? metrics(conf, run) : List.of(), latest.step()));
  }

  /** A run's metrics, as much as belongs to checkpoints. */
  public static List<TrainingMetrics> metrics(Configuration conf, URI run) {
    return MetricsLog.read(conf, run);
  }

  /** Step of the latest checkpoint with a whole manifest; its files are not read. */
  static OptionalLong latestStep(Configuration conf, URI run) {
    return directories(conf, run).descendingMap().entrySet().stream()
        .filter(e -> Artifact.exists(conf, e.getValue()))
        .mapToLong(Map.Entry::getKey)
        .findFirst();
  }

  /** Directories of checkpoints by step, whole or not. */
  public static NavigableMap<Long, URI> directories(Configuration conf, URI run) {
    URI parent = RunFiles.checkpoints(run);
    NavigableMap<Long, URI> found = new TreeMap<>();
    for (FileStatus status : Lookup.list(conf, parent)) {
      OptionalLong step = RunFiles.stepOf(status.getPath().getName(), "");
      if (status.isDirectory() && step.isPresent()) {
        found.put(step.getAsLong(), status.getPath().toUri());
      }
    }
    return found;
  }
}
