package io.sparkddpm.spark.lab.cluster;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import scala.util.Properties;

/**
 * Master and workers of a standalone cluster on this machine, each a process. Workers have loopback
 * addresses of their own, 127.0.0.1 and on, and so are hosts of their own to Spark: it runs copies
 * of slow tasks on other hosts alone, and sends what is shuffled between them through TCP.
 * Executors are the workers' child processes. Closing it ends them all. One thread at a time.
 */
public final class LocalCluster implements AutoCloseable {
  private static final Pattern URL = Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern REGISTERED =
      Pattern.compile("(Successfully registered) with master");
  private static final String NETWORK = "127.0.0.";
  private static final String HOST = NETWORK + 1;
  private static final String HEAP = "256m";

  private final JavaProcess master;
  private final List<JavaProcess> workers = new ArrayList<>();
  private final Thread atExit = new Thread(this::end);

  private LocalCluster(JavaProcess master) {
    this.master = master;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts master and workers and waits until they know each other.
   *
   * @param dir an existing local directory for logs and scratch files
   * @param cores that each worker offers, however many the machine has
   * @param memory that each worker offers, such as {@code 4g}
   */
  public static LocalCluster start(Path dir, int workers, int cores, String memory) {
    Path home = dir.resolve("spark-home");
    try {
      Files.createDirectories(home.resolve("jars")); // empty: executors get our class path
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", dir, e.getMessage());
    }
    Map<String, String> environment =
        Map.of(
            "SPARK_HOME", home.toString(),
            "SPARK_SCALA_VERSION", Properties.versionNumberString(),
            "SPARK_LOCAL_IP", HOST,
            "SPARK_LOCAL_DIRS", dir.resolve("scratch").toString(),
            "JAVA_HOME", System.getProperty("java.home"));
    LocalCluster cluster =
        new LocalCluster(
            JavaProcess.start(
                dir.resolve("master.log"),
                environment,
                URL,
                HEAP,
                "org.apache.spark.deploy.master.Master",
                List.of("--host", HOST, "--port", "0", "--webui-port", "0")));
    try {
      for (int i = 0; i < workers; i++) {
        List<String> arguments =
            List.of(
                "--host",
                NETWORK + (1 + i),
                "--port",
                "0",
                "--webui-port",
                "0",
                "--cores",
                Integer.toString(cores),
                "--memory",
                memory,
                "--work-dir",
                dir.resolve("worker-" + i).toString(),
                cluster.url());
        cluster.workers.add(
            JavaProcess.start(
                dir.resolve("worker-" + i + ".log"),
                environment,
                REGISTERED,
                HEAP,
                "org.apache.spark.deploy.worker.Worker",
                arguments));
      }
      cluster.workers.forEach(JavaProcess::announced);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** For {@code spark.master}. */
  public String url() {
    return master.announced();
  }

  /**
   * Spark's settings for an application on this cluster.
   *
   * @param executors of one task at a time each
   */
  public SortedMap<String, String> settings(int executors) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("spark.master", url());
    settings.put("spark.driver.host", HOST);
    settings.put("spark.driver.bindAddress", HOST);
    settings.put("spark.ui.enabled", "false");
    settings.put("spark.cores.max", Integer.toString(executors));
    settings.put("spark.executor.cores", "1");
    settings.put("spark.executor.extraClassPath", JavaProcess.classPath());
    settings.put("spark.executor.extraJavaOptions", "-XX:+UseSerialGC");
    return settings;
  }

  /**
   * An executor's process.
   *
   * @param application Spark's id of it, later ones being greater
   * @param id Spark's own within the application
   */
  public record Executor(String application, String id, ProcessHandle process) {}

  /** Executors that run now, by Spark's own ids; where applications overlap, of one of them. */
  public SortedMap<String, ProcessHandle> executors() {
    SortedMap<String, ProcessHandle> found = new TreeMap<>();
    allExecutors().forEach(e -> found.put(e.id(), e.process()));
    return found;
  }

  /** Executors that run now, of all applications. */
  public List<Executor> allExecutors() {
    return workers.stream()
        .flatMap(w -> w.handle().children())
        .flatMap(p -> executor(p).stream())
        .toList();
  }

  /** Java itself does not show arguments as long as a class path. */
  private static Optional<Executor> executor(ProcessHandle process) {
    try {
      Path commandLine = Path.of("/proc", Long.toString(process.pid()), "cmdline");
      String text = Files.readString(commandLine, StandardCharsets.UTF_8);
      List<String> arguments = List.of(text.split("\0", -1));
      int id = arguments.indexOf("--executor-id");
      int application = arguments.indexOf("--app-id");
      return id < 0 || application < 0
          ? Optional.empty()
          : Optional.of(
              new Executor(arguments.get(application + 1), arguments.get(id + 1), process));
    } catch (IOException e) {
      return Optional.empty(); // gone in the meantime
    }
  }

  private void end() {
    workers.forEach(JavaProcess::close);
    master.close();
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return; // the JVM is ending: the hook has run or will
    }
  }
}
