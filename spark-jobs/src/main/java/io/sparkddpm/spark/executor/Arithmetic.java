package io.sparkddpm.spark.executor;

import io.sparkddpm.artifact.Manifest;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What decides the last bits of a run's numbers beside its settings and dataset: the threads of a
 * task, the engine with its kernels and builds, the kind of processor. It is recorded in the notes
 * of a checkpoint's manifest, which enter no fingerprint. Not to be changed.
 *
 * @param values by name; several where processes of several kinds have computed
 */
public record Arithmetic(SortedMap<String, SortedSet<String>> values) implements Serializable {
  /** Knows nothing. */
  public static final Arithmetic UNKNOWN = new Arithmetic(new TreeMap<>());

  /** Spark's key for the threads of a task. */
  public static final String THREADS = "spark.task.cpus";

  private static final String ENGINE = "engine";
  private static final String PREFIX = "arithmetic.";
  private static final String AND = " + ";

  /** One value for each name. */
  public static Arithmetic of(Map<String, String> values) {
    SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
    values.forEach((name, value) -> sets.put(name, new TreeSet<>(List.of(value))));
    return new Arithmetic(sets);
  }

  /** What is the same wherever a model of this kind computes. */
  public static Arithmetic everywhere(EnginePool.Key key) {
    return of(Map.of(THREADS, Integer.toString(key.threads()), ENGINE, key.factory().name()));
  }

  /** What holds where a model of this kind computes in this process. */
  public static Arithmetic here(EnginePool.Key key) {
    return everywhere(key).and(of(key.factory().arithmetic()));
  }

  /** As {@link #write} left it; {@link #UNKNOWN} where an older version wrote the manifest. */
  public static Arithmetic read(Manifest manifest) {
    SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
    manifest
        .notes()
        .forEach(
            (name, value) -> {
              if (name.startsWith(PREFIX)) {
                List<String> several = List.of(value.split(Pattern.quote(AND), -1));
                sets.put(name.substring(PREFIX.length()), new TreeSet<>(several));
              }
            });
    return new Arithmetic(sets);
  }

  /** Writes all values to the notes of a manifest. */
  public void write(Manifest.Builder manifest) {
    values.forEach((name, value) -> manifest.note(PREFIX + name, text(value)));
  }

  /** All values of both. */
  public Arithmetic and(Arithmetic other) {
    SortedMap<String, SortedSet<String>> all = new TreeMap<>();
    values.forEach((name, value) -> all.put(name, new TreeSet<>(value)));
    other.values.forEach(
        (name, value) -> all.computeIfAbsent(name, n -> new TreeSet<>()).addAll(value));
    return new Arithmetic(all);
  }

  /** What both know and have not in common, in the form {@code name mine SEPARATOR theirs}. */
  public List<String> differences(Arithmetic other, String separator) {
    return lines(other, separator, false);
  }

  /** As {@link #differences}, without what has been computed with before. */
  public List<String> news(Arithmetic now) {
    return lines(now, ", is now ", true);
  }

  private List<String> lines(Arithmetic other, String separator, boolean newOnly) {
    List<String> lines = new ArrayList<>();
    values.forEach(
        (name, mine) -> {
          SortedSet<String> theirs = other.values.getOrDefault(name, mine);
          if (newOnly ? !mine.containsAll(theirs) : !mine.equals(theirs)) {
            String verb = newOnly ? " was " : " ";
            lines.add(name + verb + text(mine) + separator + text(theirs));
          }
        });
    return lines;
  }

  private static String text(SortedSet<String> values) {
    return String.join(AND, values);
  }
}
