package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.spark.data.RecordSources;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@link Setting} as {@code scripts/ddpm} runs it: without the libraries that Spark brings. */
class SettingTest {
  private static WithoutSpark classes;
  private static Method setting;

  /** The class path of the tests as far as the program's jar holds it. */
  private static final class WithoutSpark extends URLClassLoader {
    private static final List<String> LEFT_OUT =
        List.of("org.apache.", "scala.", "com.fasterxml.", "org.slf4j.", "com.esotericsoftware.");

    WithoutSpark(List<URL> entries) {
      super(entries.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (LEFT_OUT.stream().anyMatch(name::startsWith)) {
        throw new ClassNotFoundException(name);
      }
      return super.findClass(name);
    }
  }

  @BeforeAll
  static void load() throws IOException, ReflectiveOperationException {
    List<URL> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      entries.add(Path.of(entry).toUri().toURL());
    }
    classes = new WithoutSpark(entries);
    setting =
        classes
            .loadClass(Setting.class.getName())
            .getDeclaredMethod("of", String.class, List.class);
    setting.setAccessible(true);
  }

  @AfterAll
  static void close() throws IOException {
    classes.close();
  }

  private static Object engine(String... command) throws ReflectiveOperationException {
    return setting.invoke(null, "engine.type", List.of(command));
  }

  @Test
  void everySourceOfRecordsIsFound() throws ReflectiveOperationException {
    Class<?> sources = classes.loadClass(RecordSources.class.getName());
    assertEquals(RecordSources.names(), sources.getMethod("names").invoke(null));
    for (String name : RecordSources.names()) {
      assertEquals(
          Optional.of("torch"),
          engine("shard", "--set=shard.format=" + name, "--set=engine=torch"));
    }
  }

  @Test
  void everyPresetIsRead() throws IOException, ReflectiveOperationException {
    try (Stream<Path> files = Files.list(SparkHome.root().resolve("conf"))) {
      for (Path preset : files.filter(f -> f.toString().endsWith(".conf")).toList()) {
        String[] command = {"train", "--config=" + preset, "--set", "engine=torch"};
        assertEquals(Optional.of("torch"), engine(command), preset.toString());
      }
    }
  }
}
