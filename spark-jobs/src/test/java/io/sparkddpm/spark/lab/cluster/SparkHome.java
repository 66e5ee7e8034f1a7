package io.sparkddpm.spark.lab.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the scripts need of a Spark distribution, from the jars on this class path: without those
 * that our own jar brings and those of tests.
 */
public final class SparkHome {
  private static final Pattern NOT_SPARKS =
      Pattern.compile(
          "/(io/sparkddpm|org/deeplearning4j|org/nd4j|org/bytedeco|com/typesafe|info/picocli"
              + "|me/tongfei|org/jline|org/knowm|com/jakewharton|net/ericaro|org/junit"
              + "|org/opentest4j|org/apiguardian|com/tngtech|hadoop-client-minicluster"
              + "|surefire)[/-]");

  /** Starts a class as Spark's own script of that name does. */
  private static final String SPARK_CLASS =
      """
      #!/usr/bin/env bash
      set -euo pipefail
      export SPARK_HOME=$(cd "$(dirname "$0")/.." && pwd) SPARK_SCALA_VERSION=that-of-the-jars
      command=()
      while IFS= read -r -d '' argument; do command+=("${argument#$'\\n'}"); done < <(
        "$JAVA_HOME/bin/java" -Xmx128m -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main "$@"
      )
      exec "${command[@]:1}" # the first is empty: the launcher's own lines may come before it
      """;

  private static final String SPARK_SUBMIT =
      """
      #!/usr/bin/env bash
      exec "$(dirname "$0")/spark-class" org.apache.spark.deploy.SparkSubmit "$@"
      """;

  private final Path dir;

  private SparkHome(Path dir) {
    this.dir = dir;
  }

  /** Makes one in a new directory. */
  public static SparkHome create(Path dir) {
    try {
      Path jars = Files.createDirectories(dir.resolve("jars"));
      for (String entry : JavaProcess.classPath().split(":", -1)) {
        Path jar = Path.of(entry);
        boolean ours = jar.toAbsolutePath().normalize().startsWith(root()); // packaged, too
        if (entry.endsWith(".jar") && !ours && !NOT_SPARKS.matcher(entry).find()) {
          Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
        }
      }
      script(dir.resolve("bin/spark-class"), SPARK_CLASS);
      script(dir.resolve("bin/spark-submit"), SPARK_SUBMIT);
      return new SparkHome(dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Its directory. */
  public Path dir() {
    return dir;
  }

  /** Where Spark's jars are, for {@code spark.yarn.jars}. */
  public String localJars() {
    return "local:" + dir.resolve("jars") + "/*";
  }

  /** What a script ended with. */
  public record Ended(int exitCode, String out, String err) {}

  /** A script of {@code scripts/} that runs with this distribution. */
  public Process start(Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    List<String> whole = new ArrayList<>(command);
    whole.set(0, root().resolve("scripts").resolve(command.get(0)).toString());
    ProcessBuilder builder = new ProcessBuilder(whole);
    Map<String, String> env = new TreeMap<>(environment);
    env.put("SPARK_HOME", dir.toString());
    env.put("JAVA_HOME", System.getProperty("java.home"));
    env.put("DDPM_JAR", jar().toString());
    env.put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().remove("OMP_NUM_THREADS");
    builder.environment().putAll(env);
    builder.redirectOutput(Path.of(log + ".out").toFile());
    builder.redirectError(Path.of(log + ".err").toFile());
    return builder.start();
  }

  /** Waits for a script's end. */
  public Ended await(Path log, Process process) throws IOException, InterruptedException {
    int code = process.waitFor();
    return new Ended(
        code,
        Files.readString(Path.of(log + ".out"), StandardCharsets.UTF_8),
        Files.readString(Path.of(log + ".err"), StandardCharsets.UTF_8));
  }

  /** The project's directory. */
  public static Path root() {
    return Path.of(System.getProperty("ddpm.root", "..")).toAbsolutePath().normalize();
  }

  /** The packaged jar, which the build makes before integration tests. */
  public static Path jar() {
    Path jar =
        Path.of(
            System.getProperty(
                "ddpm.jar", root().resolve("spark-jobs/target/spark-ddpm-0.1.0.jar").toString()));
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is not there: run mvn package before this test");
    }
    return jar;
  }
}
