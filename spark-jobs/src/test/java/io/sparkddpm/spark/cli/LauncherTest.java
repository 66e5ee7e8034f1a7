package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.lab.cluster.SparkHome;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scripts/ddpm} before a Spark distribution whose spark-submit prints its arguments. */
class LauncherTest {
  private static final String SPARK_SUBMIT =
      """
      #!/usr/bin/env bash
      printf 'argument %s\\n' "$@"
      echo "locale LC_ALL=${LC_ALL:-} LANG=${LANG:-}"
      while (($#)); do
        [[ $1 != --properties-file ]] || { for reading in first second; do cat "$2"; done; }
        shift
      done
      """;

  @TempDir private Path dir;

  @BeforeEach
  void makeSpark() throws IOException {
    Files.createDirectories(dir.resolve("jars"));
    Files.createFile(dir.resolve("jars/spark-core_2.12-3.5.5.jar"));
    Files.createFile(dir.resolve("ddpm.jar"));
    Path submit = Files.createDirectories(dir.resolve("bin")).resolve("spark-submit");
    Files.writeString(submit, SPARK_SUBMIT, StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Said launch(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(SparkHome.root().resolve("scripts/ddpm").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_HOME", dir.toString());
    builder.environment().put("DDPM_JAR", dir.resolve("ddpm.jar").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), text);
  }

  /** A jar that stands for the program: this test's class path. */
  private Path program() throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    Path jar = dir.resolve("program.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    return jar;
  }

  private Path settings(String text) throws IOException {
    return Files.writeString(dir.resolve("settings.properties"), text, StandardCharsets.UTF_8);
  }

  private static void assertNoArgumentHolds(String secret, Said said) {
    assertTrue(
        said.text()
            .lines()
            .filter(l -> l.startsWith("argument "))
            .noneMatch(l -> l.contains(secret)),
        said.text());
  }

  @Test
  void aFileOfSettingsIsOnNoCommandLine() throws Exception {
    Path file = settings("spark.hadoop.fs.s3a.secret.key=planted\nspark.driver.memory 3g\n");
    Said said =
        launch(
            Map.of("DDPM_SPARK_PROPERTIES", file.toString()),
            "verify",
            "x",
            "--spark-conf=spark.a=1");
    assertEquals(0, said.code(), said.text());
    assertNoArgumentHolds("planted", said);
    assertTrue(said.text().contains("argument --properties-file\nargument " + file), said.text());
    assertTrue(said.text().contains("argument --conf\nargument spark.a=1\n"), said.text());
    assertFalse(said.text().contains("--driver-memory"), "the file sets it: " + said.text());
  }

  @Test
  void theFileBeatsSparksDefaultsWithoutReplacingThem() throws Exception {
    Files.createDirectories(dir.resolve("conf"));
    Files.writeString(
        dir.resolve("conf/spark-defaults.conf"), "spark.b 1\nspark.c 1", StandardCharsets.UTF_8);
    Path file = settings("spark.c=2\nspark.hadoop.fs.s3a.secret.key=planted");
    Said said = launch(Map.of("DDPM_SPARK_PROPERTIES", file.toString()), "verify", "x");
    assertEquals(0, said.code(), said.text());
    assertNoArgumentHolds("planted", said);
    String both = "spark.b 1\nspark.c 1\nspark.c=2\nspark.hadoop.fs.s3a.secret.key=planted";
    assertTrue(said.text().endsWith(both + both), "it can be read twice: " + said.text());
  }

  @Test
  void theEngineIsWhatTheProgramMakesOfTheConfiguration() throws Exception {
    Path engine = Files.createFile(dir.resolve("engine.jar"));
    Map<String, String> environment =
        Map.of("DDPM_JAR", program().toString(), "DDPM_ENGINE_JAR", engine.toString());
    Files.writeString(
        dir.resolve("base.conf"), "engine : { type = torch }", StandardCharsets.UTF_8);
    Path file = dir.resolve("some.conf");
    Files.writeString(file, "include \"base\"\ntraining.steps = 3", StandardCharsets.UTF_8);
    String brought = "argument --jars\nargument " + engine + "\n";
    Said said = launch(environment, "train", "--config", file.toString());
    assertTrue(said.text().contains(brought), said.text());
    said = launch(environment, "train", "--set=engine.device=cpu", "--set=engine=torch");
    assertTrue(said.text().contains(brought), said.text());
    said = launch(environment, "train", "--config=" + file, "--set", "engine=dl4j");
    assertFalse(said.text().contains("--jars"), said.text());
    said = launch(environment, "train", "--config=none.conf");
    assertEquals(0, said.code(), "the command itself says so: " + said.text());
    said = launch(Map.of("DDPM_ENGINE", "torch", "DDPM_ENGINE_JAR", engine.toString()), "train");
    assertTrue(said.text().contains(brought), said.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.hadoop.fs.s3a.server-side-encryption.key=planted",
        "spark.ssl.keyStorePassword=planted",
        "spark.driver.extraJavaOptions=-Xss1m -Djavax.net.ssl.trustStorePassword=planted",
        "spark.hadoop.fs.s3a.endpoint=http://me:planted@host"
      })
  void aSecretIsNotPassedOn(String setting) throws Exception {
    Said said = launch(Map.of(), "verify", "x", "--spark-conf", setting);
    assertEquals(2, said.code(), said.text());
    assertTrue(said.text().contains("would put a credential on the command line"), said.text());
    assertFalse(said.text().contains("planted"), said.text());
    assertEquals(1, said.text().lines().count(), said.text());
  }

  @Test
  void anotherReleaseOfSparkIsRefused() throws Exception {
    Files.delete(dir.resolve("jars/spark-core_2.12-3.5.5.jar"));
    String needed =
        "Spark 3.5 for Scala 2.12, or Spark 4.0 or 4.1, is needed, but " + dir + "/jars";
    for (String core : List.of("spark-core_2.13-3.5.5.jar", "spark-core_2.13-4.2.0.jar")) {
      Path jar = Files.createFile(dir.resolve("jars").resolve(core));
      Said said = launch(Map.of(), "verify", "x");
      assertEquals(2, said.code(), said.text());
      assertEquals("ddpm: " + needed + " holds " + core + "\n", said.text());
      Files.delete(jar);
    }
    Said said = launch(Map.of(), "verify", "x");
    assertTrue(said.text().endsWith("holds no spark-core\n"), said.text());
    Files.createFile(dir.resolve("jars/spark-core_2.13-4.1.1.jar"));
    said = launch(Map.of("DDPM_SPARK", "3.5"), "verify", "x");
    assertEquals(0, said.code(), "SPARK_HOME decides: " + said.text());
  }

  @Test
  void anotherLocaleThanUtf8IsReplaced() throws Exception {
    Said said = launch(Map.of("LC_ALL", "C"), "verify", "x");
    assertTrue(said.text().contains("locale LC_ALL=C.UTF-8"), said.text());
    said = launch(Map.of(), "verify", "x");
    assertTrue(said.text().contains("locale LC_ALL=C.UTF-8"), said.text());
    said = launch(Map.of("LANG", "C.UTF-8"), "verify", "x");
    assertTrue(said.text().contains("locale LC_ALL= LANG=C.UTF-8"), "kept: " + said.text());
  }

  @Test
  void driversOnAClusterGetALocaleOfUtf8() throws Exception {
    Map<String, String> cluster = Map.of("DDPM_MASTER", "yarn", "DDPM_DEPLOY_MODE", "cluster");
    Said said = launch(cluster, "train");
    assertTrue(
        said.text().contains("argument spark.yarn.appMasterEnv.LC_ALL=C.UTF-8"), said.text());
    assertTrue(
        said.text().contains("argument spark.kubernetes.driverEnv.LC_ALL=C.UTF-8"), said.text());
    said = launch(cluster, "train", "--spark-conf=spark.yarn.appMasterEnv.LC_ALL=en_US.UTF-8");
    assertFalse(said.text().contains("appMasterEnv.LC_ALL=C.UTF-8"), said.text());
  }
}
