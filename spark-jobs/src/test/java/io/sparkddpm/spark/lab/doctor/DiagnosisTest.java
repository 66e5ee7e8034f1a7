package io.sparkddpm.spark.lab.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final ProcessFacts DRIVER = process("driver", "17.0.12");

  @Test
  void executorsThatAreAlikeAreNoProblem() {
    Diagnosis diagnosis =
        Diagnosis.of(
            DRIVER,
            List.of(report("1", "17.0.12", 7, "avx2"), report("2", "17.0.12", 7, "avx2")),
            Map.of("1", 0L, "2", -40L),
            1);
    assertEquals(List.of(), diagnosis.problems());
    assertEquals(4, diagnosis.table().size());
    assertEquals(
        "2        node-2                   8    4.0 GiB        12g    -0.0 s  computes  shared",
        diagnosis.table().get(3));
    assertTrue(diagnosis.facts().contains("Java 17.0.12"), diagnosis.facts().toString());
    assertTrue(diagnosis.facts().contains("kernels avx2"), diagnosis.facts().toString());
  }

  @Test
  void eachDifferenceIsAProblemThatSaysWhatToDo() {
    ExecutorReport broken =
        new ExecutorReport(
            process("3", "17.0.12"),
            new EngineProbe(new TreeMap<>(), 0, "no jnind4jcpu in java.library.path"),
            List.of("file:/runs: cannot write"));
    Diagnosis diagnosis =
        Diagnosis.of(
            DRIVER,
            List.of(report("1", "17.0.2", 7, "avx2"), report("2", "17.0.12", 8, "avx512"), broken),
            Map.of("1", 0L, "2", 61_500L, "3", 0L),
            0);
    assertEquals(
        List.of(
            "the clock of executor 2 on node-2 is 61.5 s off the driver's: synchronise clocks"
                + " (NTP)",
            "executor 3 on node-3 cannot compute: no jnind4jcpu in java.library.path",
            "executor 3 on node-3: file:/runs: cannot write",
            "Java (17.0.12, 17.0.2) differ between processes: give all of them the same",
            "executors of several kinds compute with other last bits (kernels (avx2, avx512)):"
                + " choose executors of one kind, or set maintenance.mixed-hardware=warn"),
        diagnosis.problems());
  }

  private static ExecutorReport report(String id, String java, long checksum, String kernels) {
    return new ExecutorReport(
        process(id, java),
        new EngineProbe(new TreeMap<>(Map.of("kernels", kernels)), checksum, ""),
        List.of());
  }

  private static ProcessFacts process(String id, String java) {
    return new ProcessFacts(
        id, "node-" + id, new TreeMap<>(Map.of("Java", java)), 8, 4L << 30, "12g", 0);
  }
}
