package io.sparkddpm.spark.lab.chaos;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** What a soak run did, and what came of it. One thread at a time. */
public final class SoakResult {
  private final Map<Job, Map<Fault, Integer>> faults = new EnumMap<>(Job.class);
  private final List<String> differences = new ArrayList<>();
  private int resumptions;
  private int results;

  void add(Job job, Fault fault, int count) {
    if (count > 0) {
      faults
          .computeIfAbsent(job, j -> new EnumMap<>(Fault.class))
          .merge(fault, count, Integer::sum);
    }
  }

  void addResumption() {
    resumptions++;
  }

  void addResult() {
    results++;
  }

  void addDifferences(Collection<String> found) {
    differences.addAll(found);
  }

  /** Faults of all kinds. */
  public int faults() {
    return faults.keySet().stream().mapToInt(this::faults).sum();
  }

  /** Faults in a job. */
  public int faults(Job job) {
    return faults.getOrDefault(job, Map.of()).values().stream().mapToInt(n -> n).sum();
  }

  /** Faults of a kind. */
  public int faults(Fault fault) {
    return faults.values().stream().mapToInt(of -> of.getOrDefault(fault, 0)).sum();
  }

  /** How often a command was given again. */
  public int resumptions() {
    return resumptions;
  }

  /** Results that were compared. */
  public int results() {
    return results;
  }

  /** What differs from an undisturbed result, was lost, or ended otherwise than it should have. */
  public List<String> differences() {
    return List.copyOf(differences);
  }

  @Override
  public String toString() {
    StringJoiner kinds = new StringJoiner(", ");
    for (Fault fault : Fault.values()) {
      kinds.add(faults(fault) + " " + fault.plural());
    }
    StringJoiner jobs = new StringJoiner(", ");
    faults.keySet().forEach(job -> jobs.add(job + " " + faults(job)));
    return String.format(
        Locale.ROOT,
        "%d faults (%s; %s), %d resumptions, %d results compared: %s",
        faults(),
        kinds,
        jobs,
        resumptions,
        results,
        differences.isEmpty() ? "all bits the same" : differences.size() + " differ");
  }
}
