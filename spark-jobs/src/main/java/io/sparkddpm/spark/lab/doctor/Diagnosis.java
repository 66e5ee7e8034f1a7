package io.sparkddpm.spark.lab.doctor;

import io.sparkddpm.spark.session.MemorySize;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a look at a cluster found.
 *
 * @param table a row for each process, its head first
 * @param facts lines on what is the same everywhere
 * @param problems lines on what is wrong and what to do; empty: nothing
 */
public record Diagnosis(List<String> table, List<String> facts, List<String> problems) {
  private static final String ROW = "%-8s %-20s %5s %10s %10s %9s  %-9s %-9s";

  /** Clocks that differ by less do no harm: leases and logs are minutes apart. */
  private static final long CLOCK_MILLIS = 5_000;

  /**
   * Compares processes.
   *
   * @param driver as the job began
   * @param reports of executors, whose clocks stand in relation to the driver's
   * @param clockOffsets by executor: how far its clock is ahead of the driver's, in ms
   * @param directories in which files were written and read
   */
  static Diagnosis of(
      ProcessFacts driver,
      List<ExecutorReport> reports,
      Map<String, Long> clockOffsets,
      int directories) {
    List<String> table = new ArrayList<>();
    table.add(row("process", "host", "CPUs", "heap", "native", "clock", "engine", "files"));
    table.add(row(driver, "0 s", "", ""));
    List<String> problems = new ArrayList<>();
    for (ExecutorReport report : reports) {
      ProcessFacts process = report.process();
      long offset = clockOffsets.get(process.id());
      table.add(
          row(
              process,
              String.format(Locale.ROOT, "%+.1f s", offset / 1000.0),
              report.engine().fails() ? "fails" : "computes",
              files(report, directories)));
      String name = "executor " + process.id() + " on " + process.host();
      if (report.engine().fails()) {
        problems.add(name + " cannot compute: " + report.engine().failure());
      }
      report.fileProblems().forEach(why -> problems.add(name + ": " + why));
      if (Math.abs(offset) > CLOCK_MILLIS) {
        problems.add(
            String.format(
                Locale.ROOT,
                "the clock of %s is %.1f s off the driver's: synchronise clocks (NTP)",
                name,
                offset / 1000.0));
      }
    }
    SortedMap<String, Set<String>> versions = new TreeMap<>();
    collect(versions, driver.versions());
    SortedMap<String, Set<String>> arithmetic = new TreeMap<>();
    for (ExecutorReport report : reports) {
      collect(versions, report.process().versions());
      collect(arithmetic, report.engine().arithmetic());
    }
    List<String> facts = new ArrayList<>();
    versions.forEach((name, values) -> facts.add(name + " " + String.join(", ", values)));
    arithmetic.forEach((name, values) -> facts.add(name + " " + String.join(", ", values)));
    differing(versions)
        .ifPresent(
            names -> problems.add(names + " differ between processes: give all of them the same"));
    Set<Long> checksums =
        reports.stream()
            .map(ExecutorReport::engine)
            .filter(e -> !e.fails())
            .map(EngineProbe::checksum)
            .collect(Collectors.toSet());
    if (differing(arithmetic).isPresent() || checksums.size() > 1) {
      problems.add(
          "executors of several kinds compute with other last bits ("
              + differing(arithmetic).orElse("by their results")
              + "): choose executors of one kind, or set maintenance.mixed-hardware=warn");
    }
    return new Diagnosis(table, facts, problems);
  }

  private static String files(ExecutorReport report, int directories) {
    if (!report.fileProblems().isEmpty()) {
      return "problem";
    }
    return directories == 0 ? "-" : "shared";
  }

  private static void collect(SortedMap<String, Set<String>> all, Map<String, String> values) {
    values.forEach((name, value) -> all.computeIfAbsent(name, n -> new TreeSet<>()).add(value));
  }

  private static Optional<String> differing(Map<String, Set<String>> values) {
    Set<String> names = new LinkedHashSet<>();
    values.forEach(
        (name, several) -> {
          if (several.size() > 1) {
            names.add(name + " (" + String.join(", ", several) + ")");
          }
        });
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", names));
  }

  private static String row(ProcessFacts process, String clock, String engine, String files) {
    return row(
        process.id(),
        process.host(),
        Integer.toString(process.processors()),
        MemorySize.format(process.heapBytes()),
        process.nativeBytes(),
        clock,
        engine,
        files);
  }

  private static String row(String... cells) {
    return String.format(Locale.ROOT, ROW, (Object[]) cells).stripTrailing();
  }
}
