package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.training.MixedHardware;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that all processes of a run compute with the same last bits, those that the run began
 * with; otherwise ends the run, or logs and records the difference. One thread at a time.
 */
public final class ArithmeticWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ArithmeticWatch.class);

  private final URI run;
  private final MixedHardware choice;
  private final Set<String> warned = new HashSet<>();
  private Arithmetic recorded;

  /**
   * @param recorded of the run so far
   */
  public ArithmeticWatch(URI run, MixedHardware choice, Arithmetic recorded) {
    this.run = run;
    this.choice = choice;
    this.recorded = recorded;
  }

  /** All that the run was computed with. */
  public Arithmetic recorded() {
    return recorded;
  }

  /**
   * Checks what is going to compute.
   *
   * @throws UserException if it is not what has computed before, unless the choice is to warn
   */
  public void expect(Arithmetic now) {
    List<String> differences = recorded.news(now);
    if (!differences.isEmpty()) {
      report(
          String.format(
              Locale.ROOT,
              "%s was computed otherwise before (%s), so that its last bits would change",
              run,
              String.join("; ", differences)));
    }
  }

  /**
   * Checks what has computed a round, before its result is used, and records it.
   *
   * @param places by name
   * @throws UserException if they are not of one kind, or not of the run's, unless the choice is to
   *     warn
   */
  public void look(Map<String, Arithmetic> places) {
    SortedMap<String, Arithmetic> sorted = new TreeMap<>(places);
    for (Map.Entry<String, Arithmetic> place : sorted.entrySet()) {
      List<String> differences =
          sorted.get(sorted.firstKey()).differences(place.getValue(), " and ");
      if (!differences.isEmpty()) {
        report(
            String.format(
                Locale.ROOT,
                "%s and %s compute with different last bits (%s), so that the weights of %s would"
                    + " depend on who does what",
                sorted.firstKey(),
                place.getKey(),
                String.join("; ", differences),
                run));
      }
    }
    for (Arithmetic place : sorted.values()) {
      expect(place);
    }
    for (Arithmetic place : sorted.values()) {
      recorded = recorded.and(place);
    }
  }

  private void report(String what) {
    if (choice == MixedHardware.REFUSE) {
      throw new UserException(
          "%s: use machines and settings of one kind (spark.task.cpus by --spark-conf), or set"
              + " maintenance.mixed-hardware=warn to continue; checkpoints then record the"
              + " difference",
          what);
    }
    if (warned.add(what)) {
      LOG.warn("{} (maintenance.mixed-hardware=warn)", what);
    }
  }
}
