package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.store.FaultyProxy;
import io.sparkddpm.spark.store.FaultyProxy.Fault;
import io.sparkddpm.spark.store.FaultyProxy.Request;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.S3Server;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From images to a distance on a real S3 server, with keys that must show nowhere. */
class S3FlowIT {
  private static final Pattern UI =
      Pattern.compile("(?:service 'SparkUI' on port |SparkUI.* started at http://[^:]+:)(\\d+)");

  @TempDir private static Path serverDir;
  @TempDir private static Path dir;
  private static S3Server server;
  private static FaultyProxy proxy;
  private static Configuration conf;
  private final Map<String, String> seen = new HashMap<>();

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start(serverDir);
    proxy = FaultyProxy.start(server.port());
    conf = S3Server.configuration(proxy.port());
  }

  @AfterAll
  static void stop() throws IOException {
    if (proxy != null) {
      proxy.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static JavaProcess start(String log, List<List<String>> commands) {
    return JavaProcess.start(
        dir.resolve(log),
        Map.of(
            "AWS_ACCESS_KEY_ID",
            S3Server.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY",
            S3Server.SECRET_KEY,
            "OMP_NUM_THREADS",
            "1",
            "SPARK_LOCAL_DIRS",
            dir.resolve("scratch").toString()),
        Pattern.compile("^(never)$"),
        "768m",
        CommandChain.class.getName(),
        Flow.chain(commands));
  }

  private static Map<String, String> settings() throws IOException {
    Map<String, String> settings = new TreeMap<>();
    S3Server.settings(proxy.port()).forEach((k, v) -> settings.put("spark.hadoop." + k, v));
    settings.put("spark.ui.enabled", "true");
    settings.put("spark.ui.port", "0");
    settings.put("spark.eventLog.enabled", "true");
    settings.put(
        "spark.eventLog.dir", Files.createDirectories(dir.resolve("events")).toUri().toString());
    return settings;
  }

  @Test
  void aKilledFlowResumesAndNoKeyShowsAnywhere() throws Exception {
    Flow flow = new Flow(URI.create("s3a://" + server.bucket() + "/flow"), settings());
    flow.writeImages(conf);

    AtomicReference<JavaProcess> running = new AtomicReference<>();
    AtomicBoolean killed = new AtomicBoolean();
    proxy.faults(
        request -> {
          if (isUpload(request, "checkpoints/step-00000004/weights")
              && killed.compareAndSet(false, true)) {
            running.get().kill();
            return Fault.cutRequestAfter(request.length() / 2);
          }
          return Fault.NONE;
        });
    running.set(start("first.log", List.of(flow.shard(), flow.train())));
    assertTrue(running.get().exitCode() != 0);
    assertTrue(killed.get(), "see " + running.get().log());
    assertEquals(2, Checkpoints.latestWhole(conf, flow.uri("run")).orElseThrow().step());

    proxy.reset();
    AtomicBoolean looked = new AtomicBoolean();
    proxy.faults(
        request -> {
          if (isUpload(request, "step-00000006/weights") && looked.compareAndSet(false, true)) {
            look(running.get());
          }
          return Fault.NONE;
        });
    running.set(start("second.log", flow.all()));
    int code = running.get().exitCode();
    assertEquals(0, code, () -> end(running.get().log()));
    List<String> local = Flow.localOutcome(dir.resolve("local"));
    assertEquals(List.of(), differences(local, flow.outcome(conf)));

    List<Request> requests = proxy.requests();
    assertEquals(List.of(), requests.stream().filter(r -> !r.copySource().isEmpty()).toList());
    assertEquals(
        List.of(),
        requests.stream().filter(r -> r.isListing() && r.target().contains("dataset")).toList(),
        "what is in a dataset stands in its manifest");
    searchForKeys(flow);
  }

  private static List<String> differences(List<String> expected, List<String> actual) {
    List<String> lines = new ArrayList<>();
    expected.stream().filter(l -> !actual.contains(l)).forEach(l -> lines.add("- " + l));
    actual.stream().filter(l -> !expected.contains(l)).forEach(l -> lines.add("+ " + l));
    return lines;
  }

  private static String end(Path log) {
    try {
      String text = Files.readString(log, StandardCharsets.UTF_8);
      return text.substring(Math.max(0, text.length() - 5000));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isUpload(Request request, String what) {
    return request.method().equals("PUT") && request.target().contains(what);
  }

  /** What others can see of a running process. */
  private void look(JavaProcess process) {
    try {
      Path commandLine = Path.of("/proc", Long.toString(process.handle().pid()), "cmdline");
      seen.put("command line", Files.readString(commandLine));
      Matcher started = UI.matcher(Files.readString(process.log()));
      String ui = "";
      while (started.find()) {
        ui = "http://127.0.0.1:" + started.group(1);
      }
      assertFalse(ui.isEmpty(), "no page of Spark's in " + process.log());
      String applications = get(ui + "/api/v1/applications");
      Matcher id = Pattern.compile("\"id\" : \"([^\"]+)\"").matcher(applications);
      assertTrue(id.find(), applications);
      seen.put("environment", get(ui + "/api/v1/applications/" + id.group(1) + "/environment"));
      seen.put("environment page", get(ui + "/environment/"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String get(String url) throws IOException {
    try (InputStream in = URI.create(url).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void searchForKeys(Flow flow) throws IOException {
    List<Path> local = new ArrayList<>();
    try (Stream<Path> files = Files.walk(dir)) {
      files.filter(Files::isRegularFile).forEach(local::add);
    }
    for (Path file : local) {
      seen.put(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    }
    FileSystem fs = Locations.fileSystem(conf, flow.uri("run"));
    RemoteIterator<LocatedFileStatus> objects =
        fs.listFiles(new org.apache.hadoop.fs.Path(flow.uri("run")).getParent(), true);
    while (objects.hasNext()) {
      org.apache.hadoop.fs.Path object = objects.next().getPath();
      try (InputStream in = fs.open(object)) {
        seen.put(object.toString(), new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
      }
    }
    assertTrue(seen.get("environment").contains("fs.s3a.endpoint"), seen.get("environment"));
    assertTrue(seen.keySet().stream().anyMatch(k -> k.contains("events")), seen.keySet()::toString);
    assertTrue(seen.size() > 30, seen.keySet()::toString);
    seen.forEach(
        (where, text) -> {
          assertFalse(text.contains(S3Server.SECRET_KEY), where);
          assertFalse(text.contains(S3Server.ACCESS_KEY), where);
        });
  }
}
