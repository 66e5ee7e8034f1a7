package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigText;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.session.Durations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/** Compares a night with earlier ones, and makes its record. */
final class NightOutcome {
  private final NightFiles files;
  private final DdpmConfig config;
  private final List<NightRecord> earlier;

  /**
   * @param earlier nights that are done
   */
  NightOutcome(NightFiles files, DdpmConfig config, List<NightRecord> earlier) {
    this.files = files;
    this.config = config;
    this.earlier = earlier;
  }

  /**
   * The record.
   *
   * @param metrics of the night's steps
   * @param seconds that each stage took
   * @param soFar warnings of its stages
   */
  NightRecord record(
      NightPlan plan,
      Dataset dataset,
      Checkpoint trained,
      FidResult measured,
      List<TrainingMetrics> metrics,
      SortedMap<String, Double> seconds,
      List<String> soFar) {
    List<String> warnings = new ArrayList<>(soFar);
    double rate = imagesPerSecond(metrics);
    slower(rate).ifPresent(warnings::add);
    longer(seconds).ifPresent(warnings::add);
    warnings.addAll(measured.warnings());
    String comparable = comparable(measured);
    OptionalDouble before =
        NightRecord.earlierDistance(earlier, comparable, config.nightly().against());
    if (!earlier.isEmpty() && before.isEmpty()) {
      warnings.add(
          "not compared with earlier nights: the network, the reference, or the way to draw"
              + " samples is another one");
    }
    boolean worse =
        before.isPresent()
            && measured.distance() > before.getAsDouble() * (1 + config.nightly().margin());
    if (worse) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s rose from %.4f to %.4f, by more than %s %%",
              measured.metric(),
              before.getAsDouble(),
              measured.distance(),
              NightPublication.percent(config.nightly().margin())));
    }
    long imagesBefore = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).images();
    return new NightRecord(
        plan.night(),
        plan.number(),
        plan.begun(),
        Instant.now(),
        plan.firstStep(),
        trained.step(),
        files.relative(trained.uri()),
        dataset.size(),
        dataset.size() - imagesBefore,
        dataset.fingerprint(),
        metrics.stream().mapToDouble(TrainingMetrics::loss).average().orElse(Double.NaN),
        rate,
        measured.metric(),
        measured.distance(),
        measured.interval().map(i -> i.low()).orElse(Double.NaN),
        measured.interval().map(i -> i.high()).orElse(Double.NaN),
        measured.samples().images(),
        comparable,
        worse,
        seconds,
        ConfigText.flatten(config),
        warnings);
  }

  private String comparable(FidResult measured) {
    return String.join(
        " ",
        measured.metric(),
        measured.networkHash(),
        measured.reference().fingerprint(),
        Long.toString(measured.samples().images()),
        ConfigText.recorded(config.sample()).toString(),
        NightRecord.readAs(ConfigText.flatten(config)));
  }

  private static double imagesPerSecond(List<TrainingMetrics> metrics) {
    long images = metrics.stream().mapToLong(TrainingMetrics::examples).sum();
    double time = metrics.stream().mapToDouble(m -> m.examples() / m.imagesPerSecond()).sum();
    return images == 0 ? Double.NaN : images / time;
  }

  private Optional<String> slower(double rate) {
    double[] before =
        earlier.stream()
            .mapToDouble(NightRecord::imagesPerSecond)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (before.length == 0
        || !(rate < before[before.length / 2] * (1 - config.nightly().slowerBy()))) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "training ran at %.1f images/s, in earlier nights at %.1f",
            rate,
            before[before.length / 2]));
  }

  private static Optional<String> longer(SortedMap<String, Double> seconds) {
    double total = seconds.values().stream().mapToDouble(s -> s).sum();
    return total > 24 * 3600
        ? Optional.of("the night took " + Durations.text(total) + ", longer than a day")
        : Optional.empty();
  }
}
