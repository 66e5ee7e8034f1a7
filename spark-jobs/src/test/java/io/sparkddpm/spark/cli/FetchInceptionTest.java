package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script, by real curl and tar, from a server and from files. */
class FetchInceptionTest {
  private static final Path SCRIPT = Path.of("../scripts/fetch-inception");
  private static final String NAME = "classify_image_graph_def.pb";
  private static final int SIZE = 95_673_916;

  @TempDir private Path temp;

  private record Outcome(int code, String text) {}

  private Outcome run(String url, String sha256) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", SCRIPT.toString(), temp.resolve("to").toString())
            .redirectErrorStream(true);
    builder.environment().putAll(Map.of("INCEPTION_URL", url, "INCEPTION_SHA256", sha256));
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), text);
  }

  private Path archive(long size) throws IOException, InterruptedException {
    Path dir = Files.createDirectories(temp.resolve("from"));
    Path file = dir.resolve(NAME);
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] block = new byte[1 << 20];
      for (long left = size; left > 0; left -= block.length) {
        out.write(block, 0, (int) Math.min(left, block.length));
      }
    }
    Path archive = temp.resolve("inception.tgz");
    assertEquals(
        0,
        new ProcessBuilder("tar", "-czf", archive.toString(), "-C", dir.toString(), NAME)
            .inheritIO()
            .start()
            .waitFor());
    Files.delete(file);
    return archive;
  }

  private List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(temp.resolve("to"))) {
      return all.map(p -> p.getFileName().toString()).toList();
    }
  }

  @Test
  void aFileIsKeptOnlyIfItIsTheOneThatIsWanted() throws IOException, InterruptedException {
    assumeTrue(hasTools(), "curl or tar is not there");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] small = Files.readAllBytes(archive(1000));
    server.createContext(
        "/small.tgz",
        exchange -> {
          exchange.sendResponseHeaders(200, small.length);
          exchange.getResponseBody().write(small);
          exchange.close();
        });
    server.start();
    try {
      String site = "http://127.0.0.1:" + server.getAddress().getPort();
      Outcome outcome = run(site + "/small.tgz", "");
      assertEquals(2, outcome.code, outcome.text);
      assertTrue(outcome.text.contains("has 1000 bytes, the published one " + SIZE), outcome.text);
      outcome = run(site + "/nothing.tgz", "");
      assertEquals(2, outcome.code, outcome.text);
      assertTrue(outcome.text.contains("cannot get " + site + "/nothing.tgz"), outcome.text);
    } finally {
      server.stop(0);
    }
    Path cut = temp.resolve("cut.tgz");
    Files.write(cut, Arrays.copyOf(small, small.length / 2));
    Outcome outcome = run(cut.toUri().toString(), "");
    assertEquals(2, outcome.code, outcome.text);
    assertTrue(outcome.text.contains("is not a whole archive"), outcome.text);
    assertEquals(List.of(), left());
  }

  @Test
  void theRightFileIsFetchedAndKnownAgain() throws IOException, InterruptedException {
    assumeTrue(hasTools(), "curl or tar is not there");
    String url = archive(SIZE).toUri().toString();
    Outcome outcome = run(url, "0".repeat(64));
    assertEquals(2, outcome.code, outcome.text);
    assertTrue(outcome.text.contains("expected " + "0".repeat(64)), outcome.text);
    assertEquals(List.of(), left());
    outcome = run(url, "");
    assertEquals(0, outcome.code, outcome.text);
    assertTrue(outcome.text.contains(SIZE + " bytes, SHA-256 "), outcome.text);
    assertEquals(List.of(NAME), left());
    outcome = run("file:/nowhere.tgz", "");
    assertEquals(0, outcome.code, outcome.text);
    assertFalse(outcome.text.contains("fetching"), outcome.text);
  }

  private static boolean hasTools() {
    try {
      return new ProcessBuilder("curl", "--version").start().waitFor() == 0
          && new ProcessBuilder("tar", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
