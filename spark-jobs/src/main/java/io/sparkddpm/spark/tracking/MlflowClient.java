package io.sparkddpm.spark.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Requests to a server by MLflow's REST API, version 2.0, one try each. Credentials come from the
 * environment alone, by the names that MLflow's own client knows. Thread-safe.
 */
final class MlflowClient {
  static final String URI_VARIABLE = "MLFLOW_TRACKING_URI";
  static final String TOKEN_VARIABLE = "MLFLOW_TRACKING_TOKEN";
  static final String USER_VARIABLE = "MLFLOW_TRACKING_USERNAME";
  static final String PASSWORD_VARIABLE = "MLFLOW_TRACKING_PASSWORD";

  private static final String ROOT = "/api/2.0/mlflow/";
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERRORS = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http;
  private final String server;
  private final Optional<String> authorization;
  private final Duration timeout;

  private MlflowClient(String server, Optional<String> authorization, Duration timeout) {
    this.server = server;
    this.authorization = authorization;
    this.timeout = timeout;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // the only one that MLflow's own server speaks
            .connectTimeout(timeout)
            .build();
  }

  /**
   * A client of the server that configuration or environment name. Sends nothing yet.
   *
   * @throws UserException if neither names one, or the address is not one of a server
   */
  static MlflowClient of(MlflowConfig config, Map<String, String> environment) {
    String origin = config.uri().isEmpty() ? URI_VARIABLE : "mlflow.uri";
    String text =
        config.uri().isEmpty() ? environment.getOrDefault(URI_VARIABLE, "") : config.uri();
    if (text.isEmpty()) {
      throw new UserException(
          "mlflow.enabled=true needs a server: set mlflow.uri or the environment variable %s",
          URI_VARIABLE);
    }
    Duration timeout = Duration.ofMillis(Math.round(config.timeoutSeconds() * 1000));
    return new MlflowClient(address(origin, text), authorization(environment), timeout);
  }

  private static String address(String origin, String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "%s is not the address of a server", origin); // may hold a secret
    }
    if (uri.getRawUserInfo() != null) {
      throw new UserException(
          "%s holds a credential: put it into %s and %s, or %s",
          origin, USER_VARIABLE, PASSWORD_VARIABLE, TOKEN_VARIABLE);
    }
    boolean isServer = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!isServer || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
      throw new UserException("%s must be http://HOST or https://HOST, got %s", origin, text);
    }
    return text.replaceAll("/+$", "");
  }

  /** As MLflow's own client: user and password go before a token. */
  private static Optional<String> authorization(Map<String, String> environment) {
    String user = environment.getOrDefault(USER_VARIABLE, "");
    String password = environment.getOrDefault(PASSWORD_VARIABLE, "");
    if (!user.isEmpty() && !password.isEmpty()) {
      byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
    }
    String token = environment.getOrDefault(TOKEN_VARIABLE, "");
    return token.isEmpty() ? Optional.empty() : Optional.of("Bearer " + token);
  }

  /** The server's address. */
  String server() {
    return server;
  }

  static ObjectNode body() {
    return JSON.createObjectNode();
  }

  JsonNode get(String path, Map<String, String> query)
      throws MlflowException, InterruptedException {
    String parameters =
        query.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return send(path, request(path + "?" + parameters).GET());
  }

  JsonNode post(String path, ObjectNode body) throws MlflowException, InterruptedException {
    return send(
        path,
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + ROOT + path)).timeout(timeout);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private JsonNode send(String path, HttpRequest.Builder request)
      throws MlflowException, InterruptedException {
    HttpResponse<String> response;
    try {
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new MlflowException(why, "", true);
    }
    JsonNode answer = parse(response.body());
    int status = response.statusCode();
    if (status == 200 && answer.isObject()) {
      return answer;
    }
    String what =
        status == 200 ? "no answer of MLflow" : answer.path("message").asText("status " + status);
    throw new MlflowException(
        path + ": " + what,
        answer.path("error_code").asText(),
        status == TOO_MANY_REQUESTS || status >= SERVER_ERRORS);
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode(); // a proxy's page
    }
  }
}
