package io.sparkddpm.spark.train;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.ForeignManifestException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.train.TrainingConfig;
import io.sparkddpm.train.TrainingMetrics;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

  /** Lines of metrics that tell how good a checkpoint is. */
  private static final int BEST_OF = 10;

  private Checkpoints() {}

  /**
   * The latest checkpoint that is whole: manifest and every file as it says. Broken ones after it
   * are named in the log and passed over.
   *
   * @return empty where the run has none
   * @throws UserException if a later one is whole, but of a format or with settings that this
   *     version does not know: to go on from an earlier one would undo it
   */
  public static Optional<Checkpoint> latestWhole(Configuration conf, URI run) {
    for (URI dir : directories(conf, run).descendingMap().values()) {
      Optional<Checkpoint> whole = whole(conf, dir);
      if (whole.isPresent()) {
        return whole;
      }
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

  private static Optional<Checkpoint> whole(Configuration conf, URI dir) {
    List<String> problems;
    Optional<Artifact> artifact = Optional.empty();
    try {
      artifact = Optional.of(Artifact.open(conf, dir, ArtifactKind.CHECKPOINT));
      problems = artifact.get().verify();
    } catch (ForeignManifestException e) {
      throw e;
    } catch (UserException e) {
      problems = List.of(e.getMessage());
    }
    if (problems.isEmpty()) {
      return artifact.map(Checkpoint::new);
    }
    LOG.warn("Passing over a checkpoint that is not whole: {}", String.join("; ", problems));
    return Optional.empty();
  }

  /**
   * Deletes all checkpoints but those that a rule keeps.
   *
   * @param last how many of the latest stay
   * @param every multiples of this step stay, 0 apart; 0: none
   * @param losses by step; the checkpoint with the least of late stays; empty: none
   * @param kept steps that stay in any case
   */
  static void retain(
      Configuration conf,
      URI run,
      int last,
      long every,
      NavigableMap<Long, Double> losses,
      Set<Long> kept) {
    NavigableMap<Long, URI> all = directories(conf, run);
    OptionalLong best =
        all.keySet().stream()
            .filter(step -> losses.floorKey(step) != null)
            .min(Comparator.comparingDouble(step -> lossOf(step, losses)))
            .map(OptionalLong::of)
            .orElse(OptionalLong.empty());
    all.descendingMap().entrySet().stream()
        .skip(last)
        .filter(e -> every == 0 || e.getKey() == 0 || e.getKey() % every != 0)
        .filter(e -> !kept.contains(e.getKey()))
        .filter(e -> best.isEmpty() || e.getKey() != best.getAsLong())
        .forEach(e -> delete(conf, e.getValue()));
  }

  /** Mean of the latest lines up to a step: one line alone tells more of its batch. */
  private static double lossOf(long step, NavigableMap<Long, Double> losses) {
    return losses.headMap(step, true).descendingMap().values().stream()
        .limit(BEST_OF)
        .mapToDouble(loss -> loss)
        .average()
        .orElseThrow();
  }

  /** Deletes a checkpoint, its manifest first, so that half of it is never taken for a whole. */
  static void delete(Configuration conf, URI dir) {
    FileSystem fs = Locations.fileSystem(conf, dir);
    try {
      fs.delete(new Path(Locations.resolve(dir, io.sparkddpm.artifact.Manifest.FILE_NAME)), false);
      fs.delete(new Path(dir), true);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", dir, e.getMessage());
    }
  }

  /**
   * Deletes all checkpoints but those that a run's own rules keep, and those of some steps.
   *
   * @param steps that stay in any case
   */
  public static void retain(
      Configuration conf, URI run, TrainingConfig training, UpkeepConfig upkeep, Set<Long> steps) {
    NavigableMap<Long, Double> losses = new TreeMap<>();
    if (upkeep.keepBest()) {
      metrics(conf, run).forEach(m -> losses.put(m.step(), m.loss()));
    }
    retain(conf, run, training.keepCheckpoints(), upkeep.keepEvery(), losses, steps);
  }

  /** A run's metrics, as much as belongs to checkpoints. */
  public static List<TrainingMetrics> metrics(Configuration conf, URI run) {
    return MetricsLog.read(conf, run);
  }

  private static NavigableMap<Long, URI> directories(Configuration conf, URI run) {
    URI parent = RunFiles.checkpoints(run);
    NavigableMap<Long, URI> found = new TreeMap<>();
    try {
      for (FileStatus status : Locations.fileSystem(conf, parent).listStatus(new Path(parent))) {
        OptionalLong step = RunFiles.stepOf(status.getPath().getName(), "");
        if (status.isDirectory() && step.isPresent()) {
          found.put(step.getAsLong(), status.getPath().toUri());
        }
      }
    } catch (FileNotFoundException e) {
      return found; // a run that has not begun
    } catch (IOException e) {
      throw new UserException(e, "cannot list %s: %s", parent, e.getMessage());
    }
    return found;
  }
}
