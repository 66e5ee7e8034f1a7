package io.sparkddpm.spark.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An HTTP server with the part of MLflow's REST API, version 2.0, that runs are reported by:
 * fields, types, limits and error codes as https://mlflow.org/docs/latest/rest-api.html has them.
 * What that does not allow is refused with INVALID_PARAMETER_VALUE and kept in {@link #complaints}.
 */
final class MlflowServer implements AutoCloseable {
  /** What goes wrong with a request. */
  enum Fault {
    /** Nothing. */
    NONE,
    /** The server has other worries. */
    UNAVAILABLE,
    /** It is done, but nobody hears of it. */
    ANSWER_LOST,
    /** The connection is cut before anything is done. */
    CUT,
    /** No answer comes until the server closes. */
    SILENT
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern BY_TAG = Pattern.compile("tags\\.`([^`]+)` = '([^']*)'");
  private static final Pattern BY_RUN = Pattern.compile("run_id='([^']*)'");
  private static final Pattern NAME = Pattern.compile("[/\\w.\\- ]{1,250}");

  /** Fields by request; what ends in ! is required. */
  private static final Map<String, String> FIELDS =
      Map.of(
          "GET experiments/get-by-name", "experiment_name!:string",
          "POST experiments/create", "name!:string artifact_location:string tags:pairs",
          "POST runs/create",
              "experiment_id!:string user_id:string run_name:string start_time:int64 tags:pairs",
          "POST runs/search",
              "experiment_ids!:strings filter:string run_view_type:view max_results:int32"
                  + " order_by:strings page_token:string",
          "POST runs/update", "run_id!:string status:status end_time:int64 run_name:string",
          "POST runs/log-batch", "run_id!:string metrics:metrics params:pairs tags:pairs",
          "POST registered-models/create", "name!:string tags:pairs description:string",
          "GET model-versions/search",
              "filter:string max_results:string order_by:string page_token:string",
          "POST model-versions/create",
              "name!:string source!:string run_id:string tags:pairs run_link:string"
                  + " description:string");

  private final HttpServer http;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> experiments = new ArrayList<>();
  private final SortedMap<String, RunEntry> runs = new TreeMap<>();
  private final List<String> models = new ArrayList<>();
  private final List<ObjectNode> versions = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private final Deque<Fault> faults = new ArrayDeque<>();
  private String authorization = "";
  private boolean closed;

  /** A point of a metric. */
  record Point(String key, double value, long timestamp, long step) {}

  /** A run as it is kept. */
  static final class RunEntry {
    final String experiment;
    final String name;
    final SortedMap<String, String> params = new TreeMap<>();
    final SortedMap<String, String> tags = new TreeMap<>();
    final List<Point> metrics = new ArrayList<>();
    final List<String> statuses = new ArrayList<>(List.of("RUNNING"));
    long endTime;

    RunEntry(String experiment, String name) {
      this.experiment = experiment;
      this.name = name;
    }

    /** The steps at which a metric has points, in the order in which they came. */
    List<Long> steps(String key) {
      return metrics.stream().filter(p -> p.key().equals(key)).map(Point::step).toList();
    }

    String status() {
      return statuses.get(statuses.size() - 1);
    }
  }

  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    Refusal(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  private MlflowServer(HttpServer http) {
    this.http = http;
    http.setExecutor(threads);
    http.createContext("/", this::handle);
    http.start();
  }

  static MlflowServer start() {
    return start(0);
  }

  /** On a port that was free a moment ago. */
  static MlflowServer start(int port) {
    try {
      return new MlflowServer(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String uri() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  int port() {
    return http.getAddress().getPort();
  }

  /** Requests need this header from now on. */
  synchronized MlflowServer authorized(String header) {
    authorization = header;
    return this;
  }

  /** These befall the next requests, one each. */
  synchronized void fail(Fault... next) {
    faults.addAll(List.of(next));
  }

  /** The only run. */
  synchronized RunEntry run() {
    if (runs.size() != 1) {
      throw new IllegalStateException("there are " + runs.size() + " runs");
    }
    return runs.get(runs.firstKey());
  }

  synchronized int runs() {
    return runs.size();
  }

  synchronized List<String> experiments() {
    return List.copyOf(experiments);
  }

  synchronized List<ObjectNode> versions() {
    return List.copyOf(versions);
  }

  /** What requests did that MLflow does not allow. */
  synchronized List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Methods and paths, in the order in which they came, those that met a fault too. */
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Fault fault = arrived(exchange);
      if (fault == Fault.CUT) {
        return;
      }
      if (fault == Fault.SILENT) {
        awaitClose();
        return;
      }
      if (fault == Fault.UNAVAILABLE) {
        answer(exchange, 503, "<html>Service Unavailable</html>");
        return;
      }
      int status = 200;
      String text;
      try {
        text = answer(exchange, body).toString();
      } catch (Refusal e) {
        status = e.status;
        text =
            JSON.createObjectNode()
                .put("error_code", e.code)
                .put("message", e.getMessage())
                .toString();
      }
      if (fault != Fault.ANSWER_LOST) {
        answer(exchange, status, text);
      }
    }
  }

  private synchronized Fault arrived(HttpExchange exchange) {
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
    return faults.poll();
  }

  private synchronized void awaitClose() {
    try {
      while (!closed) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private synchronized ObjectNode answer(HttpExchange exchange, byte[] body) throws Refusal {
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    if (!authorization.equals(given == null ? "" : given)) {
      throw new Refusal(401, "PERMISSION_DENIED", "You are not authenticated.");
    }
    String path = exchange.getRequestURI().getPath();
    if (!path.startsWith("/api/2.0/mlflow/")) {
      throw new Refusal(404, "ENDPOINT_NOT_FOUND", "no such path: " + path);
    }
    String request =
        exchange.getRequestMethod() + " " + path.substring("/api/2.0/mlflow/".length());
    if (!FIELDS.containsKey(request)) {
      throw new Refusal(404, "ENDPOINT_NOT_FOUND", "no such request: " + request);
    }
    JsonNode fields =
        exchange.getRequestMethod().equals("GET")
            ? query(exchange.getRequestURI().getRawQuery())
            : parse(body);
    check(request, fields);
    return switch (request) {
      case "GET experiments/get-by-name" -> experiment(fields.get("experiment_name").asText());
      case "POST experiments/create" -> newExperiment(fields.get("name").asText());
      case "POST runs/create" -> newRun(fields);
      case "POST runs/search" -> search(fields);
      case "POST runs/update" -> update(fields);
      case "POST runs/log-batch" -> log(fields);
      case "POST registered-models/create" -> newModel(fields.get("name").asText());
      case "GET model-versions/search" -> versions(fields.get("filter").asText());
      default -> newVersion((ObjectNode) fields);
    };
  }

  private static JsonNode query(String raw) {
    ObjectNode fields = JSON.createObjectNode();
    for (String pair : raw.split("&", -1)) {
      int at = pair.indexOf('=');
      fields.put(
          pair.substring(0, at), URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
    }
    return fields;
  }

  private JsonNode parse(byte[] body) throws Refusal {
    if (body.length > 1_000_000) {
      throw invalid("a request may hold 1 MB, this has " + body.length + " bytes");
    }
    try {
      return JSON.readTree(new String(body, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw invalid("not JSON: " + e.getMessage());
    }
  }

  private Refusal invalid(String what) {
    complaints.add(what);
    return new Refusal(400, "INVALID_PARAMETER_VALUE", what);
  }

  private void check(String request, JsonNode fields) throws Refusal {
    Map<String, String> known = new TreeMap<>();
    for (String field : FIELDS.get(request).split(" ", -1)) {
      String name = field.substring(0, field.indexOf(':'));
      String plain = name.replace("!", "");
      known.put(plain, field.substring(field.indexOf(':') + 1));
      if (name.endsWith("!") && (!fields.has(plain) || isEmptyText(fields.get(plain)))) {
        throw invalid(request + ": " + plain + " is missing");
      }
    }
    var all = fields.fields();
    while (all.hasNext()) {
      var field = all.next();
      if (!known.containsKey(field.getKey()) || !is(known.get(field.getKey()), field.getValue())) {
        throw invalid(request + ": " + field);
      }
    }
  }

  private static boolean isEmptyText(JsonNode value) {
    return value.isTextual() && value.asText().isEmpty();
  }

  private static boolean is(String type, JsonNode value) {
    return switch (type) {
      case "string" -> value.isTextual();
      case "int32" -> value.isInt();
      case "int64" -> value.isIntegralNumber() && value.canConvertToLong();
      case "strings" -> value.isArray() && all(value, JsonNode::isTextual);
      case "view" -> List.of("ACTIVE_ONLY", "DELETED_ONLY", "ALL").contains(value.asText());
      case "status" ->
          List.of("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED").contains(value.asText());
      case "pairs" -> value.isArray() && value.size() <= 100 && all(value, MlflowServer::isPair);
      case "metrics" ->
          value.isArray() && value.size() <= 1000 && all(value, MlflowServer::isMetric);
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static boolean all(JsonNode array, Predicate<JsonNode> test) {
    for (JsonNode item : array) {
      if (!test.test(item)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPair(JsonNode node) {
    return node.size() == 2
        && NAME.matcher(node.path("key").asText()).matches()
        && node.path("value").isTextual()
        && !node.path("value").asText().isEmpty();
  }

  private static boolean isMetric(JsonNode node) {
    return node.size() == 4
        && NAME.matcher(node.path("key").asText()).matches()
        && node.path("value").isNumber()
        && is("int64", node.path("timestamp"))
        && is("int64", node.path("step"));
  }

  private ObjectNode experiment(String name) throws Refusal {
    if (!experiments.contains(name)) {
      throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
    }
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("experiment")
        .put("experiment_id", "" + experiments.indexOf(name))
        .put("name", name)
        .put("lifecycle_stage", "active");
    return answer;
  }

  private ObjectNode newExperiment(String name) throws Refusal {
    if (experiments.contains(name)) {
      throw new Refusal(400, "RESOURCE_ALREADY_EXISTS", "there is an experiment " + name);
    }
    experiments.add(name);
    return JSON.createObjectNode().put("experiment_id", "" + experiments.indexOf(name));
  }

  private ObjectNode newRun(JsonNode fields) throws Refusal {
    String experiment = fields.get("experiment_id").asText();
    if (Integer.parseInt(experiment) >= experiments.size()) {
      throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + experiment);
    }
    String id = "run" + runs.size();
    RunEntry run = new RunEntry(experiment, fields.path("run_name").asText());
    fields.path("tags").forEach(t -> run.tags.put(text(t, "key"), text(t, "value")));
    runs.put(id, run);
    ObjectNode answer = JSON.createObjectNode();
    answer.set("run", json(id));
    return answer;
  }

  private static String text(JsonNode node, String field) {
    return node.get(field).asText();
  }

  private ObjectNode json(String id) {
    RunEntry run = runs.get(id);
    ObjectNode node = JSON.createObjectNode();
    node.putObject("info").put("run_id", id).put("status", run.status());
    ObjectNode data = node.putObject("data");
    SortedMap<String, Point> latest = new TreeMap<>();
    run.metrics.forEach(
        p -> latest.merge(p.key(), p, (a, b) -> a.step() > b.step() ? a : b)); // as MLflow does
    ArrayNode metrics = data.putArray("metrics");
    latest.values().forEach(p -> metrics.addObject().put("key", p.key()).put("step", p.step()));
    ArrayNode params = data.putArray("params");
    run.params.forEach((key, value) -> params.addObject().put("key", key).put("value", value));
    ArrayNode tags = data.putArray("tags");
    run.tags.forEach((key, value) -> tags.addObject().put("key", key).put("value", value));
    return node;
  }

  private ObjectNode search(JsonNode fields) throws Refusal {
    Matcher filter = BY_TAG.matcher(fields.path("filter").asText());
    if (!filter.matches()) {
      throw invalid("filter: " + fields.path("filter"));
    }
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode found = answer.putArray("runs");
    runs.forEach(
        (id, run) -> {
          boolean fits = fields.get("experiment_ids").toString().contains(run.experiment);
          if (fits && filter.group(2).equals(run.tags.get(filter.group(1)))) {
            found.add(json(id));
          }
        });
    return found.isEmpty() ? JSON.createObjectNode() : answer; // protobuf omits empty lists
  }

  private RunEntry known(JsonNode fields) throws Refusal {
    RunEntry run = runs.get(text(fields, "run_id"));
    if (run == null) {
      throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no run " + text(fields, "run_id"));
    }
    return run;
  }

  private ObjectNode update(JsonNode fields) throws Refusal {
    RunEntry run = known(fields);
    run.statuses.add(text(fields, "status"));
    run.endTime = fields.path("end_time").asLong();
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("run_info").put("run_id", text(fields, "run_id"));
    return answer;
  }

  private ObjectNode log(JsonNode fields) throws Refusal {
    RunEntry run = known(fields);
    int entities =
        fields.path("metrics").size() + fields.path("params").size() + fields.path("tags").size();
    if (entities > 1000) {
      throw invalid("a batch may hold 1000 entities, this has " + entities);
    }
    for (JsonNode param : fields.path("params")) {
      String value = text(param, "value");
      if (value.getBytes(StandardCharsets.UTF_8).length > 250) {
        throw invalid("the value of " + text(param, "key") + " is too long");
      }
      String before = run.params.putIfAbsent(text(param, "key"), value);
      if (before != null && !before.equals(value)) {
        throw invalid("the parameter " + text(param, "key") + " is " + before + " already");
      }
    }
    fields.path("tags").forEach(t -> run.tags.put(text(t, "key"), text(t, "value")));
    for (JsonNode metric : fields.path("metrics")) {
      Point point =
          new Point(
              text(metric, "key"),
              metric.get("value").asDouble(),
              metric.get("timestamp").asLong(),
              metric.get("step").asLong());
      if (!run.metrics.contains(point)) {
        run.metrics.add(point);
      }
    }
    return JSON.createObjectNode();
  }

  private ObjectNode newModel(String name) throws Refusal {
    if (models.contains(name)) {
      throw new Refusal(400, "RESOURCE_ALREADY_EXISTS", "there is a model " + name);
    }
    models.add(name);
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("registered_model").put("name", name);
    return answer;
  }

  private ObjectNode versions(String filter) throws Refusal {
    Matcher byRun = BY_RUN.matcher(filter);
    if (!byRun.matches()) {
      throw invalid("filter: " + filter);
    }
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode found = answer.putArray("model_versions");
    versions.stream().filter(v -> text(v, "run_id").equals(byRun.group(1))).forEach(found::add);
    return answer;
  }

  private ObjectNode newVersion(ObjectNode fields) throws Refusal {
    if (!models.contains(text(fields, "name"))) {
      throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "no model " + text(fields, "name"));
    }
    versions.add(fields);
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("model_version").put("version", "" + versions.size());
    return answer;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    http.stop(0);
    threads.shutdownNow();
  }
}
