package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.statistics.ResizeMode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What features are taken, by which network, and what for. */
final class MeasureOptions {
  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description = "64, 192, sfid, 768, 1280, 2048 (what is called FID) or logits.")
  private Optional<String> layer = Optional.empty();

  @Option(
      names = "--resize",
      paramLabel = "MODE",
      description = "tf1 (the published one), pytorch (as pytorch-fid) or clean (as clean-fid).")
  private Optional<String> resize = Optional.empty();

  @Option(
      names = "--metrics",
      paramLabel = "NAME",
      split = ",",
      completionCandidates = MetricNames.class,
      description = "What is measured, several with commas: ${COMPLETION-CANDIDATES}.")
  private List<String> metrics = List.of();

  @Option(
      names = "--per-class",
      description = "Also measure each class by itself; both sets must have labels.")
  private boolean perClass;

  @Mixin private InceptionOption inception;

  /** Names of metrics, each with what it stands for. */
  private static final class MetricNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Metrics.KNOWN.names().entrySet().stream()
          .map(name -> name.getKey() + " (" + name.getValue() + ")")
          .iterator();
    }
  }

  /** The configuration's keys that these options set. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    layer.ifPresent(l -> keys.add("fid.layer=" + l));
    resize.ifPresent(r -> keys.add("fid.resize=" + ResizeMode.of(r).modeName()));
    if (!metrics.isEmpty()) {
      keys.add("fid.metrics=[" + String.join(",", metrics) + "]");
    }
    if (perClass) {
      keys.add("fid.per-class=true");
    }
    keys.addAll(inception.keys());
    return keys;
  }

  InceptionOption inception() {
    return inception;
  }
}
