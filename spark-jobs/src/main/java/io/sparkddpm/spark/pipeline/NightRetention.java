package io.sparkddpm.spark.pipeline;

import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.Retention;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/** Which nights keep their samples and checkpoints: the last few, and the best. */
final class NightRetention {
  private final Configuration conf;
  private final NightFiles files;
  private final DdpmConfig config;

  NightRetention(Configuration conf, NightFiles files, DdpmConfig config) {
    this.conf = conf;
    this.files = files;
    this.config = config;
  }

  /** Samples and checkpoints of old nights go; records and grids stay. */
  void retain(List<NightRecord> nights, Lease lease) {
    Set<Integer> kept = kept(nights);
    for (NightRecord night : nights) {
      if (!kept.contains(night.number())) {
        lease.check();
        files.delete(files.place("samples/" + night.night()));
      }
    }
    lease.check();
    Checkpoints.keepOnly(
        conf,
        files.place("run"),
        Retention.of(config.training(), config.maintenance(), stepsOf(nights, kept)));
  }

  private Set<Integer> kept(List<NightRecord> nights) {
    Set<Integer> kept = new HashSet<>();
    int from = Math.max(0, nights.size() - config.nightly().keepNights());
    nights.subList(from, nights.size()).forEach(n -> kept.add(n.number()));
    best(nights).ifPresent(n -> kept.add(n.number()));
    return kept;
  }

  /** Of those that may be compared with the last. */
  static Optional<NightRecord> best(List<NightRecord> nights) {
    if (nights.isEmpty()) {
      return Optional.empty();
    }
    String comparable = nights.get(nights.size() - 1).comparable();
    return nights.stream()
        .filter(n -> n.comparable().equals(comparable))
        .min(Comparator.comparingDouble(NightRecord::distance));
  }

  /** Steps of checkpoints that stay. */
  Set<Long> keptSteps(List<NightRecord> nights) {
    return stepsOf(nights, kept(nights));
  }

  private static Set<Long> stepsOf(List<NightRecord> nights, Set<Integer> kept) {
    return nights.stream()
        .filter(n -> kept.contains(n.number()))
        .map(NightRecord::step)
        .collect(Collectors.toSet());
  }
}
