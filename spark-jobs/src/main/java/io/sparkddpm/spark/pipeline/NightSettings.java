package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * The configuration that an attempt at a night runs with: the one that the night was begun with,
 * but for keys that change nothing of what it makes.
 *
 * @param config all of it
 * @param waiting a line for each key that is set to something else now; for the next night
 */
record NightSettings(DdpmConfig config, List<String> waiting) {
  /** Keys that change only how fast a night runs, and which by-products it leaves. */
  private static final Set<String> FREE =
      Set.of(
          "training.steps", // the plan holds a night's end step
          "training.checkpoint-every",
          "training.keep-checkpoints",
          "training.sample-every",
          "training.sample-count",
          "training.metrics-every",
          "data.cache-megabytes",
          "nightly.keep-nights",
          "nightly.slower-by",
          "pipeline.inputs", // the plan holds these three as they were resolved
          "pipeline.output",
          "pipeline.inception");

  private static final List<String> FREE_SECTIONS = List.of("maintenance.", "mlflow.", "demo.");

  /** Of a night that was begun with a plan, while another configuration may be given now. */
  static NightSettings of(NightPlan plan, String place, DdpmConfig now) {
    if (plan.settings().isEmpty()) {
      return new NightSettings(now, List.of());
    }
    SortedMap<String, String> current = ConfigText.flatten(now);
    SortedMap<String, String> used = DdpmConfig.presentKeys(place, plan.settings());
    List<String> waiting = new ArrayList<>();
    current.forEach(
        (key, value) -> {
          if (isFree(key)) {
            used.put(key, value);
          } else if (used.containsKey(key) && !value.equals(used.get(key))) {
            waiting.add(key + " is " + used.get(key) + " until it ends, then " + value);
          }
        });
    DdpmConfig config = ConfigBinder.bind(DdpmConfig.DEFAULTS, ConfigLayer.values(place, used));
    return new NightSettings(config, waiting);
  }

  private static boolean isFree(String key) {
    return FREE.contains(key) || FREE_SECTIONS.stream().anyMatch(key::startsWith);
  }
}
