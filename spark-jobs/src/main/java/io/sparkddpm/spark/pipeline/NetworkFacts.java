package io.sparkddpm.spark.pipeline;

import io.sparkddpm.network.NetworkConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a network costs.
 *
 * @param parameters of all layers
 * @param forwardFlops operations of one item's prediction
 * @param trainingFlops operations of one item in a training step
 */
public record NetworkFacts(long parameters, long forwardFlops, long trainingFlops) {
  /** Counts a network's. */
  public static NetworkFacts of(NetworkConfig config) {
    return new NetworkFacts(
        config.spec().parameterCount(),
        config.spec().forwardFlops(),
        config.spec().trainingFlops());
  }

  /** For readers. */
  public Map<String, String> toMap() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("parameters", String.format(Locale.ROOT, "%,d", parameters));
    facts.put(
        "GFLOP per example",
        String.format(
            Locale.ROOT,
            "%.2f in training, %.2f forward",
            trainingFlops / 1e9,
            forwardFlops / 1e9));
    return facts;
  }
}
