package io.sparkddpm.spark.tracking;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of a run when a job opens it.
 *
 * @param id by which it is found again
 * @param name that people read
 * @param parameters the settings by their keys, cut to what all versions of MLflow take; without
 *     empty ones
 * @param tags what the run is made from and by
 */
record RunFacts(
    String id, String name, SortedMap<String, String> parameters, SortedMap<String, String> tags) {
  /** Tag that holds the id. */
  static final String ID_TAG = "ddpm.run-id";

  /** Bytes of a parameter's value that all versions of MLflow take. */
  private static final int PARAMETER_BYTES = 250;

  /**
   * @param name empty for the last two names of the run's directory
   * @param applicationId Spark's
   */
  static RunFacts of(RunSnapshot snapshot, String name, String applicationId) {
    SortedMap<String, String> tags = new TreeMap<>();
    tags.put(ID_TAG, snapshot.id());
    tags.put("ddpm.run", snapshot.run().toString());
    tags.put("ddpm.version", SoftwareVersion.CURRENT);
    tags.put("spark.application-id", applicationId);
    tags.put("mlflow.source.name", "spark-ddpm");
    tags.put("mlflow.source.type", "JOB");
    snapshot
        .dataset()
        .ifPresent(
            dataset ->
                tags.putAll(
                    Map.of(
                        "ddpm.dataset", dataset.uri(),
                        "ddpm.dataset-fingerprint", dataset.fingerprint())));
    String shown = name.isEmpty() ? lastTwo(snapshot.run()) : name;
    SortedMap<String, String> parameters = new TreeMap<>(snapshot.settings().keys());
    parameters.replaceAll((key, value) -> cut(value));
    parameters.values().removeIf(String::isEmpty);
    return new RunFacts(snapshot.id(), shown, parameters, tags);
  }

  private static String cut(String value) {
    StringBuilder cut = new StringBuilder(value.strip());
    while (cut.toString().getBytes(StandardCharsets.UTF_8).length > PARAMETER_BYTES) {
      cut.setLength(cut.offsetByCodePoints(cut.length(), -1));
    }
    return cut.toString();
  }

  private static String lastTwo(URI run) {
    String[] names = run.getPath().replaceAll("^/+|/+$", "").split("/", -1);
    int last = names.length - 1;
    return last == 0 ? names[last] : names[last - 1] + "/" + names[last];
  }
}
