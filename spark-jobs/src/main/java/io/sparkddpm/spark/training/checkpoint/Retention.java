package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.training.MaintenanceConfig;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/**
 * Which checkpoints of a run stay when others are deleted. Broken ones count for nothing: they
 * neither take the place of a whole one among the last, nor are they the best.
 *
 * @param last how many of the latest whole ones stay, at least 1
 * @param every those whose step is a multiple of it stay, 0 apart; 0: none
 * @param best whether the one with the least loss of late stays
 * @param kept steps that stay in any case
 */
public record Retention(int last, long every, boolean best, Set<Long> kept) {
  /** Lines of metrics whose mean loss ranks a checkpoint: one alone depends much on its batch. */
  private static final int BEST_OF = 10;

  public Retention {
    checkArgument(last >= 1, "at least the latest checkpoint must stay, got %s", last);
    checkArgument(every >= 0, "every must not be negative, got %s", every);
    kept = Set.copyOf(kept);
  }

  /**
   * The rule of a run's configuration.
   *
   * @param kept steps that stay in any case
   */
  public static Retention of(
      TrainingConfig training, MaintenanceConfig maintenance, Set<Long> kept) {
    return new Retention(
        training.keepCheckpoints(), maintenance.keepEvery(), maintenance.keepBest(), kept);
  }

  /**
   * Steps whose checkpoints stay.
   *
   * @param steps of all there are
   * @param isWhole asked for as few as need be
   * @param metrics of the run
   */
  Set<Long> staying(
      NavigableSet<Long> steps, LongPredicate isWhole, List<TrainingMetrics> metrics) {
    Set<Long> staying = new TreeSet<>(kept);
    steps.descendingSet().stream().filter(isWhole::test).limit(last).forEach(staying::add);
    steps.stream().filter(s -> every > 0 && s > 0 && s % every == 0).forEach(staying::add);
    if (best) {
      NavigableMap<Long, Double> losses = new TreeMap<>();
      metrics.forEach(m -> losses.put(m.step(), m.loss()));
      steps.stream()
          .filter(s -> losses.floorKey(s) != null)
          .sorted(Comparator.comparingDouble(s -> lossOf(s, losses)))
          .filter(isWhole::test)
          .findFirst()
          .ifPresent(staying::add);
    }
    return staying;
  }

  private static double lossOf(long step, NavigableMap<Long, Double> losses) {
    return losses.headMap(step, true).descendingMap().values().stream()
        .limit(BEST_OF)
        .mapToDouble(loss -> loss)
        .average()
        .orElseThrow();
  }
}
