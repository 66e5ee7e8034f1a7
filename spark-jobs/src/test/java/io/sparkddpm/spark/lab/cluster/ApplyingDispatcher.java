package io.sparkddpm.spark.lab.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;
import java.util.function.Consumer;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.RecordedRequest;
import okio.Buffer;

/**
 * fabric8's server with two things more that Spark relies on: server-side apply, which makes what
 * is not there, and pods that are pending when they are new.
 */
final class ApplyingDispatcher extends KubernetesCrudDispatcher {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Consumer<String> asked;

  /**
   * @param asked receives the JSON of every resource that is to be made, as it was sent
   */
  ApplyingDispatcher(Consumer<String> asked) {
    this.asked = asked;
  }

  @Override
  public MockResponse handlePatch(RecordedRequest request) {
    String type = request.getHeader("Content-Type");
    if (type == null || !type.startsWith("application/apply-patch")) {
      return super.handlePatch(request);
    }
    String path = request.getPath().replaceFirst("\\?.*", "");
    String body = request.getBody().readUtf8();
    if (handleGet(path).getStatus().contains(" 404 ")) {
      return handleCreate(request("POST", path.substring(0, path.lastIndexOf('/')), request, body));
    }
    return handleUpdate(request("PUT", path, request, body));
  }

  @Override
  public MockResponse handleCreate(RecordedRequest request) {
    asked.accept(request.getBody().clone().readUtf8());
    if (!request.getPath().replaceFirst("\\?.*", "").endsWith("/pods")) {
      return super.handleCreate(request);
    }
    try {
      ObjectNode pod = (ObjectNode) JSON.readTree(request.getBody().readUtf8());
      pod.putObject("status").put("phase", "Pending");
      return super.handleCreate(request("POST", request.getPath(), request, pod.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RecordedRequest request(
      String method, String path, RecordedRequest of, String body) {
    Buffer content = new Buffer().writeUtf8(body);
    return new RecordedRequest(
        method + " " + path + " HTTP/1.1",
        of.getHeaders(),
        List.of(),
        content.size(),
        content,
        0,
        new Socket());
  }
}
