package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where a soak run happens: its directory, its cluster, the images, datasets and results that
 * nobody disturbs, and how the processes of commands are started. One thread at a time.
 */
final class SoakEnvironment implements AutoCloseable {
  static final int MAX_EXECUTORS = 3;

  /** A dead process on another machine is known by its lease standing still for six of these. */
  private static final int BEAT_MILLIS = 250;

  private static final int MAX_THREADS = 2;
  private static final Pattern TOOK_OVER = Pattern.compile("(Took over) ");

  private final Path dir;
  private final String mainClass;
  private final Map<String, SortedMap<String, String>> results = new HashMap<>();
  private final List<String> jvm =
      new ArrayList<>(
          List.of(
              "-XX:TieredStopAtLevel=1", // a process lives for seconds
              "-XX:-UsePerfData",
              "-Dddpm.lease.beat-millis=" + BEAT_MILLIS));
  private LocalCluster cluster;

  SoakEnvironment(Path dir, String mainClass) {
    this.dir = dir;
    this.mainClass = mainClass;
    try {
      Files.createDirectories(dir);
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", dir, e.getMessage());
    }
  }

  Path dir() {
    return dir;
  }

  /** Settings of a network that takes a second for a step, and of a run that keeps little. */
  static List<String> network(int imageSize) {
    return List.of(
        "--set=seed=3",
        "--set=model.image-size=" + imageSize,
        "--set=model.channels=32",
        "--set=model.multipliers=[1]",
        "--set=model.blocks=1",
        "--set=model.attention=[]",
        "--set=training.keep-checkpoints=1",
        "--set=training.sample-every=0",
        "--set=training.ema.rates=[0.9]",
        "--set=training.metrics-every=1");
  }

  /** A file of so many images. */
  Path images(int seed, int count) {
    Path file = dir.resolve("images-" + seed + "-" + count + ".bin");
    if (!Files.exists(file)) {
      try (OutputStream out = Files.newOutputStream(file)) {
        ShapesImages.write(out, seed, count);
      } catch (IOException e) {
        throw new UserException(e, "cannot write %s: %s", file, e.getMessage());
      }
    }
    return file;
  }

  /** A dataset of 48 images that nobody disturbs. */
  Path dataset(int imageSize) throws InterruptedException {
    Path dataset = dir.resolve("dataset-" + imageSize);
    if (!Files.exists(dataset)) {
      finish(
          dataset.getFileName().toString(),
          1,
          List.of(
              "shard",
              "--input=" + images(5, 48),
              "--output=" + dataset,
              "--image-size=" + imageSize,
              "--set=shard.records-per-shard=8"));
    }
    return dataset;
  }

  /** A run of one step that nobody disturbs. */
  Path run() throws InterruptedException {
    Path run = dir.resolve("run");
    if (!Files.exists(run)) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "train",
                  "--dataset=" + dataset(8),
                  "--run=" + run,
                  "--set=training.batch-size=3",
                  "--set=training.workers=1",
                  "--set=training.steps=1"));
      command.addAll(network(8));
      finish("run", 1, command);
    }
    return run;
  }

  /** What comes of a scenario that nobody disturbs; it is run at the first call. */
  SortedMap<String, String> result(Scenario scenario, int threads) throws InterruptedException {
    String name = "undisturbed-" + scenario.name() + "-threads-" + threads;
    if (!results.containsKey(name)) {
      Path place = newDirectory(name);
      List<List<String>> commands = scenario.commands(new SoakDirectory(place, false), threads);
      for (int i = 0; i < commands.size(); i++) {
        scenario.before(place, i);
        finish(name + "-" + i, threads, commands.get(i));
      }
      results.put(name, scenario.content(place));
    }
    return results.get(name);
  }

  Path newDirectory(String name) {
    try {
      return Files.createDirectory(dir.resolve(name));
    } catch (IOException e) {
      throw new UserException(e, "cannot create %s: %s", dir.resolve(name), e.getMessage());
    }
  }

  private void finish(String name, int threads, List<String> command) throws InterruptedException {
    List<String> arguments = new ArrayList<>(command);
    arguments.addAll(local(threads));
    try (JavaProcess process = start(name, threads, List.of(), arguments)) {
      if (process.exitCode() != 0) {
        throw new UserException("'%s' failed without being disturbed, see %s", name, process.log());
      }
    }
  }

  /**
   * Makes the classes of later processes load fast, where they come from jars alone.
   *
   * @param scenario that uses most of them
   */
  void shareClasses(Scenario scenario) throws InterruptedException {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!Files.isRegularFile(Path.of(entry))) {
        return;
      }
    }
    Path archive = dir.resolve("classes.jsa");
    Path place = newDirectory("shared-classes");
    scenario.before(place, 0);
    jvm.add("-XX:ArchiveClassesAtExit=" + archive);
    finish("shared-classes", 1, scenario.commands(new SoakDirectory(place, false), 1).get(0));
    jvm.remove(jvm.size() - 1);
    jvm.add("-XX:SharedArchiveFile=" + archive);
    jvm.add("-Xshare:auto");
  }

  /** Spark's settings for a process that is driver and executor. */
  List<String> local(int threads) {
    return List.of(
        "--spark-conf=spark.master=local[2,4]", "--spark-conf=spark.task.cpus=" + threads);
  }

  /** Spark's settings for a driver of the cluster, which is started at the first call. */
  List<String> onCluster(int executors, int threads) {
    Map<String, String> settings = new TreeMap<>(cluster().settings(executors));
    settings.put("spark.task.cpus", Integer.toString(threads));
    settings.put("spark.executor.cores", Integer.toString(threads));
    settings.put("spark.cores.max", Integer.toString(executors * threads));
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.memoryOverhead", "1g");
    settings.merge("spark.executor.extraJavaOptions", String.join(" ", jvm), (a, b) -> a + " " + b);
    settings.put("spark.speculation", "true");
    settings.put("spark.task.maxFailures", "1000"); // a killed executor is no fault of its tasks
    settings.put("spark.stage.maxConsecutiveAttempts", "1000");
    List<String> arguments = new ArrayList<>();
    settings.forEach((key, value) -> arguments.add("--spark-conf=" + key + "=" + value));
    return arguments;
  }

  LocalCluster cluster() {
    if (cluster == null) {
      Path place = newDirectory("cluster");
      cluster = LocalCluster.start(place, 2, MAX_EXECUTORS * MAX_THREADS, "64g");
    }
    return cluster;
  }

  /**
   * Starts a command.
   *
   * @param name of its log
   * @param options of the JVM, beside the usual ones
   */
  JavaProcess start(String name, int threads, List<String> options, List<String> arguments) {
    List<String> all = new ArrayList<>(jvm);
    all.addAll(options);
    return JavaProcess.start(
        dir.resolve(name + ".log"),
        Map.of("OMP_NUM_THREADS", Integer.toString(threads)),
        TOOK_OVER,
        "512m",
        all,
        mainClass,
        arguments);
  }

  @Override
  public void close() {
    if (cluster != null) {
      cluster.close();
    }
  }
}
