package io.sparkddpm.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration may read beside itself. */
class ConfigIncludesTest {
  private record Settings(String name, List<Integer> sizes, int depth) {
    static final Settings DEFAULTS = new Settings("none", List.of(1), 1);
  }

  private final AtomicInteger requests = new AtomicInteger();
  private HttpServer server;
  private String url;

  @TempDir private Path dir;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort() + "/x.conf";
  }

  @AfterEach
  void stop() {
    server.stop(0);
    assertEquals(0, requests.get(), "nothing is asked for over the network");
  }

  private static String refused(ConfigLayerSource source) {
    return assertThrows(
            UserException.class, () -> ConfigBinder.bind(Settings.DEFAULTS, source.layer()))
        .getMessage();
  }

  private interface ConfigLayerSource {
    ConfigLayer layer();
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text, StandardCharsets.UTF_8);
  }

  @Test
  void valuesIncludeNothing() throws IOException {
    Path secret = file("secret.conf", "name = planted");
    for (String include :
        List.of(
            "url(\"" + url + "\")",
            "\"" + url + "\"",
            "file(\"" + secret + "\")",
            "required(file(\"" + secret + "\"))",
            "classpath(\"reference.conf\")",
            "\"" + secret + "\"")) {
      for (String value :
          List.of(
              "[{include " + include + "}]",
              "[1]\ninclude " + include,
              "[1], include " + include)) {
        String message = refused(() -> ConfigLayer.values("manifest", Map.of("sizes", value)));
        assertFalse(message.contains("planted"), message);
        refused(() -> ConfigLayer.assignments("--set", List.of("sizes=" + value)));
      }
      String message = refused(() -> ConfigLayer.text("settings", "include " + include));
      assertTrue(message.contains("the configuration settings: it includes '"), message);
    }
  }

  @Test
  void valuesReadNeitherEnvironmentNorProperties() {
    String path = System.getenv("PATH");
    System.setProperty("ddpm.planted", "sown");
    try {
      for (String name : List.of("PATH", "ddpm.planted", "java.home")) {
        String message =
            refused(() -> ConfigLayer.values("manifest", Map.of("sizes", "[${" + name + "}]")));
        assertFalse(message.contains("sown") || message.contains(path), message);
        refused(() -> ConfigLayer.text("settings", "name = ${" + name + "}"));
        Settings optional =
            ConfigBinder.bind(
                Settings.DEFAULTS,
                ConfigLayer.values("manifest", Map.of("name", "${" + name + "}")));
        assertEquals("${" + name + "}", optional.name(), "text stays text");
      }
    } finally {
      System.clearProperty("ddpm.planted");
    }
  }

  @Test
  void filesIncludeLocalOnesBesideThem() throws IOException {
    Files.createDirectories(dir.resolve("sub"));
    file("base.conf", "name = base, depth = 7, include \"sub/more\"");
    file("sub/more.conf", "sizes = [3, 4], include file(\"../last.properties\")");
    file("last.properties", "depth=9\n");
    Path top = file("top.conf", "include \"base.conf\"\nname = top");
    Settings bound = ConfigBinder.bind(Settings.DEFAULTS, ConfigLayer.file(top));
    assertEquals(new Settings("top", List.of(3, 4), 9), bound);
  }

  @Test
  void filesIncludeNothingElse() throws IOException {
    Path other = file("other.conf", "name = planted");
    for (String include :
        List.of(
            "url(\"" + url + "\")",
            "\"" + url + "\"",
            "required(url(\"" + url + "\"))",
            "classpath(\"reference.conf\")",
            "\"" + other + "\"",
            "file(\"" + other + "\")")) {
      Path top = file("top.conf", "include " + include);
      String message = refused(() -> ConfigLayer.file(top));
      assertTrue(message.contains("the configuration " + top + ": it includes"), message);
      assertTrue(message.contains("only local ones named relative to it"), message);
    }
    Path top = file("top.conf", "include \"missing\"");
    String message = refused(() -> ConfigLayer.file(top));
    assertTrue(message.contains("there is no such file beside it"), message);
  }

  @Test
  void filesThatIncludeEachOtherAreRefused() throws IOException {
    file("a.conf", "include \"b\"");
    Path b = file("b.conf", "include \"a\"");
    String message = refused(() -> ConfigLayer.file(b));
    assertTrue(message.contains("files include each other in turn"), message);
  }

  @Test
  void whatIsNestedTooDeeplyIsOneLine() throws IOException {
    String deep = "[".repeat(100_000);
    assertTrue(
        refused(() -> ConfigLayer.values("manifest", Map.of("sizes", deep))).contains("sizes"));
    Path file = file("deep.conf", "sizes = " + deep + "]".repeat(100_000));
    assertTrue(refused(() -> ConfigLayer.file(file)).contains("nested too deeply"));
    String path = "a.".repeat(50_000) + "b";
    refused(() -> ConfigLayer.values("manifest", Map.of(path, "1")));
    Path keys = file("keys.conf", path + " = 1");
    refused(() -> ConfigLayer.file(keys));
  }

  @Test
  void aFileThatIsNotUtf8IsToldSo() throws IOException {
    Path file = Files.write(dir.resolve("latin.conf"), new byte[] {'#', (byte) 0xe9, '\n'});
    assertTrue(refused(() -> ConfigLayer.file(file)).contains("is not UTF-8"));
  }

  @Test
  void numbersBeyondTheirTypeAreRefused() {
    for (String number :
        List.of("1e999999999", "-1e400", "1e-999999999", "9".repeat(5000), "NaN")) {
      refused(() -> ConfigLayer.values("manifest", Map.of("depth", number)));
    }
  }
}
