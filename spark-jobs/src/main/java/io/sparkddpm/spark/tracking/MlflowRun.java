package io.sparkddpm.spark.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.report.MetricsEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A run as the server keeps it. Each method may be called again after it failed: what reached the
 * server is not sent twice, or is sent in a way that changes nothing there. One thread at a time.
 */
final class MlflowRun {
  /** Of a request; MLflow's limits are 1000 metrics, 100 parameters and 100 tags. */
  private static final int LINES = 50;

  private static final int ENTRIES = 100;

  private static final String ABSENT = "RESOURCE_DOES_NOT_EXIST";
  private static final String EXISTS = "RESOURCE_ALREADY_EXISTS";
  private static final String EXPERIMENT = "experiment_id";
  private static final String RUN = "run_id";
  private static final String TAGS = "tags";
  private static final String VALUE = "value";

  private final MlflowClient client;
  private final MlflowConfig config;
  private final RunFacts facts;
  private final long opened = System.currentTimeMillis();
  private String id = "";
  private long sent = -1;

  /** A line of metrics with the time at which it was taken, in milliseconds since 1970. */
  record Line(TrainingMetrics metrics, long millis) {}

  MlflowRun(MlflowClient client, MlflowConfig config, RunFacts facts) {
    this.client = client;
    this.config = config;
    this.facts = facts;
  }

  /** Finds the run on the server, or makes it there, with its parameters and tags. */
  void open() throws MlflowException, InterruptedException {
    if (!id.isEmpty()) {
      return;
    }
    String experiment = experiment();
    JsonNode run = find(experiment);
    if (run.isMissingNode()) {
      run = client.post("runs/create", creation(experiment)).path("run");
    } else {
      client.post("runs/update", update(idOf(run), "RUNNING"));
    }
    String found = idOf(run);
    describe(found, run.path("data"));
    for (JsonNode metric : run.path("data").path("metrics")) {
      sent = Math.max(sent, metric.path("step").asLong());
    }
    id = found;
  }

  private static String idOf(JsonNode run) {
    return run.path("info").path(RUN).asText();
  }

  private static ObjectNode update(String run, String status) {
    return MlflowClient.body().put(RUN, run).put("status", status);
  }

  private String experiment() throws MlflowException, InterruptedException {
    try {
      return existing();
    } catch (MlflowException absent) {
      if (!absent.is(ABSENT)) {
        throw absent;
      }
    }
    try {
      ObjectNode body = MlflowClient.body().put("name", config.experiment());
      return client.post("experiments/create", body).path(EXPERIMENT).asText();
    } catch (MlflowException e) {
      if (!e.is(EXISTS)) {
        throw e;
      }
      return existing(); // another job has made it meanwhile
    }
  }

  private String existing() throws MlflowException, InterruptedException {
    Map<String, String> query = Map.of("experiment_name", config.experiment());
    JsonNode found = client.get("experiments/get-by-name", query).path("experiment");
    if (found.path("lifecycle_stage").asText().equals("deleted")) {
      throw new MlflowException(
          "the experiment "
              + config.experiment()
              + " is deleted there: restore it, or set mlflow.experiment",
          "",
          false);
    }
    return found.path(EXPERIMENT).asText();
  }

  private JsonNode find(String experiment) throws MlflowException, InterruptedException {
    ObjectNode body = MlflowClient.body();
    body.putArray("experiment_ids").add(experiment);
    body.put("filter", "tags.`" + RunFacts.ID_TAG + "` = '" + facts.id() + "'");
    body.put("run_view_type", "ACTIVE_ONLY");
    body.put("max_results", 1);
    return client.post("runs/search", body).path("runs").path(0);
  }

  private ObjectNode creation(String experiment) {
    ObjectNode body = MlflowClient.body();
    body.put(EXPERIMENT, experiment);
    body.put("run_name", facts.name());
    body.put("start_time", opened);
    SortedMap<String, String> tags = new TreeMap<>(facts.tags());
    tags.put("mlflow.runName", facts.name()); // of servers that do not know run_name
    put(body.putArray(TAGS), tags);
    return body;
  }

  /** Parameters can be written once; a setting that has changed since then is a tag too. */
  private void describe(String run, JsonNode data) throws MlflowException, InterruptedException {
    Map<String, String> known = entries(data.path("params"));
    Map<String, String> changed = entries(data.path(TAGS));
    SortedMap<String, String> parameters = new TreeMap<>();
    SortedMap<String, String> tags = new TreeMap<>(facts.tags());
    facts
        .parameters()
        .forEach(
            (key, value) -> {
              if (!known.containsKey(key)) {
                parameters.put(key, value);
              } else if (!known.get(key).equals(value) || changed.containsKey(key)) {
                tags.put(key, value);
              }
            });
    log(run, "params", parameters);
    log(run, TAGS, tags);
  }

  private static Map<String, String> entries(JsonNode array) {
    Map<String, String> entries = new TreeMap<>();
    array.forEach(e -> entries.put(e.path("key").asText(), e.path(VALUE).asText()));
    return entries;
  }

  private void log(String run, String kind, SortedMap<String, String> entries)
      throws MlflowException, InterruptedException {
    List<String> keys = new ArrayList<>(entries.keySet());
    for (int from = 0; from < keys.size(); from += ENTRIES) {
      ObjectNode body = MlflowClient.body().put(RUN, run);
      SortedMap<String, String> some = new TreeMap<>(entries);
      some.keySet().retainAll(keys.subList(from, Math.min(keys.size(), from + ENTRIES)));
      put(body.putArray(kind), some);
      client.post("runs/log-batch", body);
    }
  }

  private static void put(ArrayNode array, SortedMap<String, String> entries) {
    entries.forEach((key, value) -> array.addObject().put("key", key).put(VALUE, value));
  }

  /** Sets tags. */
  void tag(SortedMap<String, String> tags) throws MlflowException, InterruptedException {
    log(id, TAGS, tags);
  }

  /**
   * Sends lines, but for those that the server has and for values that are not finite.
   *
   * @param lines in the order of their steps
   */
  void log(List<Line> lines) throws MlflowException, InterruptedException {
    List<Line> fresh = lines.stream().filter(l -> l.metrics().step() > sent).toList();
    for (int from = 0; from < fresh.size(); from += LINES) {
      List<Line> some = fresh.subList(from, Math.min(fresh.size(), from + LINES));
      ObjectNode body = MlflowClient.body().put(RUN, id);
      ArrayNode metrics = body.putArray("metrics");
      some.forEach(line -> put(metrics, line));
      client.post("runs/log-batch", body);
      sent = some.get(some.size() - 1).metrics().step();
    }
  }

  private static void put(ArrayNode metrics, Line line) {
    MetricsEvents.values(line.metrics())
        .forEach(
            (key, value) -> {
              if (Double.isFinite(value)) {
                metrics
                    .addObject()
                    .put("key", key)
                    .put(VALUE, value)
                    .put("timestamp", line.millis())
                    .put("step", line.metrics().step());
              }
            });
  }

  /** Sets the run's status, and makes its last checkpoint a model's version where it is to be. */
  void end(Outbox.Ending ending) throws MlflowException, InterruptedException {
    String status =
        switch (ending.how()) {
          case COMPLETE -> "FINISHED";
          case STOPPED -> "KILLED";
          case FAILED -> "FAILED";
        };
    client.post("runs/update", update(id, status).put("end_time", ending.millis()));
    if (ending.model().isPresent() && !config.model().isEmpty()) {
      register(ending.model().get());
    }
  }

  /** Makes a checkpoint a version of the registered model, unless it is one. */
  private void register(String checkpoint) throws MlflowException, InterruptedException {
    try {
      client.post("registered-models/create", MlflowClient.body().put("name", config.model()));
    } catch (MlflowException e) {
      if (!e.is(EXISTS)) {
        throw e;
      }
    }
    Map<String, String> ofRun = Map.of("filter", "run_id='" + id + "'");
    for (JsonNode version : client.get("model-versions/search", ofRun).path("model_versions")) {
      if (version.path("source").asText().equals(checkpoint)) {
        return;
      }
    }
    ObjectNode body = MlflowClient.body().put("name", config.model()).put(RUN, id);
    client.post("model-versions/create", body.put("source", checkpoint));
  }
}
