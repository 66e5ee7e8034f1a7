package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.training.RunSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * Where two runs part: from their manifests and metrics, without reading a weight. Speeds and
 * times, and how many steps the runs took, are not compared.
 */
public final class RunDiff {
  private final SortedMap<Long, Checkpoint> a;
  private final SortedMap<Long, Checkpoint> b;
  private final List<TrainingMetrics> metricsOfA;
  private final List<TrainingMetrics> metricsOfB;
  private final List<Difference> differences = new ArrayList<>();
  private int comparedMetrics;

  /** In what runs differ, causes before effects. */
  public enum Aspect {
    CONFIGURATION,
    START,
    HARDWARE,
    DATASET,
    DATA_ORDER,
    LOSS,
    WEIGHTS
  }

  /**
   * One difference.
   *
   * @param step steps taken when it first shows
   * @param detail what the two have, that of the first run first
   */
  public record Difference(long step, Aspect aspect, String detail) {
    @Override
    public String toString() {
      String name = aspect.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      return "step " + step + ": " + name + ": " + detail;
    }
  }

  /**
   * What a comparison found.
   *
   * @param differences by step, causes first; at most one for losses and one for weights
   * @param checkpoints how many steps both runs have checkpoints of
   * @param metrics how many lines of metrics were compared
   */
  public record Result(List<Difference> differences, int checkpoints, int metrics) {}

  private RunDiff(Configuration conf, URI runA, URI runB) {
    this.a = checkpoints(conf, runA);
    this.b = checkpoints(conf, runB);
    this.metricsOfA = MetricsLog.read(conf, runA);
    this.metricsOfB = MetricsLog.read(conf, runB);
  }

  /**
   * Compares two run directories.
   *
   * @throws UserException if one has no checkpoint
   */
  public static Result compare(Configuration conf, URI runA, URI runB) {
    return new RunDiff(conf, runA, runB).compare();
  }

  private static SortedMap<Long, Checkpoint> checkpoints(Configuration conf, URI run) {
    SortedMap<Long, Checkpoint> found = new TreeMap<>();
    Checkpoints.list(conf, run).forEach(c -> found.put(c.step(), c));
    if (found.isEmpty()) {
      throw new UserException("%s has no checkpoint: it is no run, or has not begun", run);
    }
    return found;
  }

  private Result compare() {
    Checkpoint lastA = a.get(a.lastKey());
    Checkpoint lastB = b.get(b.lastKey());
    configuration(lastA.settings(), lastB.settings());
    start(lastA.manifest(), lastB.manifest());
    SortedSet<Long> common = new TreeSet<>(a.keySet());
    common.retainAll(b.keySet());
    hardware(common, lastA, lastB);
    data(lastA, lastB);
    losses();
    weights(common);
    differences.sort(Comparator.comparingLong(Difference::step).thenComparing(Difference::aspect));
    return new Result(List.copyOf(differences), common.size(), comparedMetrics);
  }

  private void configuration(RunSettings one, RunSettings other) {
    SortedMap<String, String> values = one.keys();
    SortedMap<String, String> others = other.keys();
    for (String key : one.keysThatDiffer(other)) {
      add(0, Aspect.CONFIGURATION, key + " " + values.get(key) + " | " + others.get(key));
    }
  }

  private void start(Manifest one, Manifest other) {
    String hash = one.properties().get(Checkpoint.IMPORTED);
    String otherHash = other.properties().get(Checkpoint.IMPORTED);
    if (!Objects.equals(hash, otherHash)) {
      add(0, Aspect.START, start(hash) + " | " + start(otherHash));
    }
  }

  /** It differs somewhere after the last common checkpoint in which it does not. */
  private void hardware(SortedSet<Long> common, Checkpoint lastOfA, Checkpoint lastOfB) {
    long before = 0;
    for (long step : common) {
      if (hardware(before, a.get(step), b.get(step))) {
        return;
      }
      before = step;
    }
    hardware(before, lastOfA, lastOfB);
  }

  private boolean hardware(long step, Checkpoint one, Checkpoint other) {
    List<String> found =
        Arithmetic.read(one.manifest()).differences(Arithmetic.read(other.manifest()), " | ");
    found.forEach(detail -> add(step, Aspect.HARDWARE, detail));
    return !found.isEmpty();
  }

  private static String start(String imported) {
    return imported == null ? "from the seed" : "imported weights " + imported;
  }

  private void data(Checkpoint one, Checkpoint other) {
    String dataset = one.dataset().map(InputRef::fingerprint).orElse("none");
    String otherDataset = other.dataset().map(InputRef::fingerprint).orElse("none");
    if (!dataset.equals(otherDataset)) {
      add(0, Aspect.DATASET, dataset + " | " + otherDataset);
    }
    if (!order(one).equals(order(other)) || !dataset.equals(otherDataset)) {
      add(0, Aspect.DATA_ORDER, "other examples, or the same at other steps");
    }
  }

  /** All that decides which examples a step of a run on some dataset sees. */
  private static List<Object> order(Checkpoint run) {
    RunSettings settings = run.settings();
    return List.of(
        settings.seed(), settings.data().windowShards(), settings.training().batchSize());
  }

  private void losses() {
    Map<Long, TrainingMetrics> others =
        metricsOfB.stream().collect(Collectors.toMap(TrainingMetrics::step, m -> m, (x, y) -> y));
    for (TrainingMetrics one : metricsOfA) {
      TrainingMetrics other = others.get(one.step());
      if (other == null) {
        continue;
      }
      comparedMetrics++;
      Optional<String> difference = difference(one, other);
      if (difference.isPresent()) {
        add(one.step(), Aspect.LOSS, difference.get());
        return;
      }
    }
  }

  private static Optional<String> difference(TrainingMetrics one, TrainingMetrics other) {
    if (Double.compare(one.loss(), other.loss()) != 0) {
      return Optional.of("loss " + one.loss() + " | " + other.loss());
    }
    if (Double.compare(one.gradientNorm(), other.gradientNorm()) != 0) {
      return Optional.of("gradient norm " + one.gradientNorm() + " | " + other.gradientNorm());
    }
    if (!one.lossByQuarter().equals(other.lossByQuarter())) {
      return Optional.of("losses by t " + one.lossByQuarter() + " | " + other.lossByQuarter());
    }
    if (one.examples() != other.examples()) {
      return Optional.of("examples " + one.examples() + " | " + other.examples());
    }
    return Optional.empty();
  }

  private void weights(SortedSet<Long> common) {
    String equal = "no common checkpoint before";
    for (long step : common) {
      Manifest one = a.get(step).manifest();
      Manifest other = b.get(step).manifest();
      List<String> files =
          one.files().stream()
              .filter(
                  f -> !other.file(f.path()).map(FileEntry::sha256).equals(Optional.of(f.sha256())))
              .map(FileEntry::path)
              .toList();
      if (!files.isEmpty()) {
        add(step, Aspect.WEIGHTS, String.join(", ", files) + " (" + equal + ")");
        return;
      }
      equal = "equal at step " + step;
    }
  }

  private void add(long step, Aspect aspect, String detail) {
    differences.add(new Difference(step, aspect, detail));
  }
}
