package io.sparkddpm.spark.chaos;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.cluster.JavaProcess;
import io.sparkddpm.spark.cluster.LocalCluster;
import io.sparkddpm.spark.train.Checkpoint;
import io.sparkddpm.spark.train.Checkpoints;
import io.sparkddpm.spark.train.RunDiff;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/**
 * Trains a small network again and again on a cluster of processes on this machine, kills executors
 * and drivers as {@code kill -9} does, at moments drawn from a seed, goes on with another number of
 * executors, and compares every run with one that nobody disturbed. One thread at a time.
 */
public final class Chaos {
  private static final Configuration CONF = new Configuration();
  private static final int MAX_EXECUTORS = 4;
  private static final double NANOS_PER_MINUTE = 60e9;

  /** Up to so long after a driver was started, or after a checkpoint was begun, it is hit. */
  private static final int STARTING_MILLIS = 9_000;

  private static final int ROUND_MILLIS = 400;
  private static final int WRITING_MILLIS = 25;

  private final Path dir;
  private final String mainClass;
  private final long seed;
  private final Consumer<String> out;
  private final RandomStream random;
  private final Path dataset;
  private Toll toll = Toll.NONE;
  private LocalCluster cluster;

  /** How a run averages. */
  private enum Mode {
    PARAMETERS(2),
    GRADIENTS(1);

    private final int frequency;

    Mode(int frequency) {
      this.frequency = frequency;
    }

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is hit next. */
  private enum Target {
    EXECUTOR,
    DRIVER,
    WRITING_DRIVER
  }

  /**
   * @param dir local directory for everything
   * @param mainClass of the command line, which the drivers run
   * @param seed of the draws; the moments themselves also depend on how fast the machine is
   * @param out is told of every run
   */
  public Chaos(Path dir, String mainClass, long seed, Consumer<String> out) {
    this.dir = dir;
    this.mainClass = mainClass;
    this.seed = seed;
    this.out = out;
    this.random = RandomStream.of(seed, Purpose.CHAOS);
    this.dataset = dir.resolve("dataset");
  }

  /**
   * Kills until one of the limits is reached, then lets the last run end.
   *
   * @param faults at least 1
   * @param minutes 0: no limit
   */
  public Toll run(int faults, double minutes) {
    long began = System.nanoTime();
    try {
      prepare();
      try (LocalCluster started =
          LocalCluster.start(
              Files.createDirectories(dir.resolve("cluster")), 2, MAX_EXECUTORS, "64g")) {
        cluster = started;
        for (int number = 1; isToGoOn(faults, minutes, began); number++) {
          soak(number, faults, minutes, began);
        }
      }
      return toll;
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", dir, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private boolean isToGoOn(int faults, double minutes, long began) {
    boolean late = minutes > 0 && (System.nanoTime() - began) / NANOS_PER_MINUTE >= minutes;
    return toll.faults() < faults && !late;
  }

  private void prepare() throws IOException, InterruptedException {
    Files.createDirectories(dir);
    Path images = dir.resolve("shapes.bin");
    try (OutputStream file = Files.newOutputStream(images)) {
      ShapesImages.write(file, 5, 50);
    }
    String local = "--spark-conf=spark.master=local[2]";
    finish(
        "shard",
        List.of(
            "shard",
            "--input=" + images,
            "--output=" + dataset,
            "--image-size=8",
            "--set=shard.records-per-shard=20",
            local));
    for (Mode mode : Mode.values()) {
      List<String> arguments = train(undisturbed(mode), mode);
      arguments.add(local);
      finish("undisturbed-" + mode.key(), arguments);
      out.accept("undisturbed, " + mode.key() + ": weights " + last(undisturbed(mode)));
    }
  }

  private Path undisturbed(Mode mode) {
    return dir.resolve("undisturbed-" + mode.key());
  }

  private static String last(Path run) {
    return Checkpoints.latestWhole(CONF, run.toUri()).map(Checkpoint::weightsSha256).orElse("none");
  }

  private List<String> train(Path run, Mode mode) {
    return new ArrayList<>(
        List.of(
            "train",
            "--dataset=" + dataset,
            "--run=" + run,
            "--set=seed=3",
            "--set=model.image-size=8",
            "--set=model.channels=32",
            "--set=model.multipliers=[1,1]",
            "--set=model.blocks=1",
            "--set=model.attention=[]",
            "--set=training.batch-size=7",
            "--set=training.workers=4",
            "--set=training.averaging=" + mode.key(),
            "--set=training.averaging-frequency=" + mode.frequency,
            "--set=training.steps=" + 24 * mode.frequency,
            "--set=training.checkpoint-every=" + mode.frequency,
            "--set=training.keep-checkpoints=3",
            "--set=training.sample-every=0",
            "--set=training.ema-rates=[0.9]",
            "--set=training.metrics-every=2"));
  }

  /** Trains one run to its end, through all that happens to it. */
  private void soak(int number, int faults, double minutes, long began)
      throws InterruptedException {
    Mode mode = Mode.values()[random.nextInt(Mode.values().length)];
    String name = "run-" + number;
    Path run = dir.resolve(name);
    Toll before = toll;
    boolean ended = false;
    for (int attempt = 0; !ended; attempt++) {
      toll = toll.plus(new Toll(0, 0, 0, attempt == 0 ? 0 : 1, 0, 0, List.of()));
      List<String> arguments = train(run, mode);
      arguments.addAll(onCluster(1 + random.nextInt(MAX_EXECUTORS)));
      Set<String> earlier = applications();
      try (CheckpointWatch watch = new CheckpointWatch(run);
          JavaProcess driver = start(name + "-" + attempt, arguments)) {
        int hit = toll.drivers();
        boolean starting = true;
        while (isToGoOn(faults, minutes, began) && driver.handle().isAlive()) {
          hit(driver, watch, earlier, starting);
          starting = false;
        }
        int code = driver.exitCode();
        ended = code == 0;
        if (!ended && toll.drivers() == hit) {
          toll = toll.plus(new Toll(0, 0, 0, 0, 1, 0, List.of()));
          out.accept(name + ": the driver ended with " + code + ", see " + driver.log());
        }
      }
    }
    compare(name, run, mode, before);
  }

  private List<String> onCluster(int executors) {
    Map<String, String> settings = new TreeMap<>(cluster.settings(executors));
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.memoryOverhead", "1g");
    settings.put("spark.speculation", "true");
    settings.put("spark.task.maxFailures", "1000"); // a killed executor is no fault of its tasks
    settings.put("spark.stage.maxConsecutiveAttempts", "1000");
    List<String> arguments = new ArrayList<>();
    settings.forEach((key, value) -> arguments.add("--spark-conf=" + key + "=" + value));
    return arguments;
  }

  private Set<String> applications() {
    Set<String> found = new HashSet<>();
    cluster.allExecutors().forEach(e -> found.add(e.application()));
    return found;
  }

  /** Waits for a moment, then kills one process, if its turn comes before the driver ends. */
  private void hit(JavaProcess driver, CheckpointWatch watch, Set<String> earlier, boolean starting)
      throws InterruptedException {
    int draw = random.nextInt(20);
    Target target = draw < 12 ? Target.EXECUTOR : draw < 15 ? Target.DRIVER : Target.WRITING_DRIVER;
    int checkpoints = random.nextInt(4);
    int millis = random.nextInt(ROUND_MILLIS);
    int startMillis = random.nextInt(STARTING_MILLIS);
    int writingMillis = random.nextInt(WRITING_MILLIS);
    if (target == Target.DRIVER && starting && checkpoints == 0) {
      kill(driver, startMillis);
      return;
    }
    Optional<Path> seen = Optional.empty();
    for (int i = 0; i < Math.max(1, checkpoints); i++) {
      seen = watch.next(driver);
      if (seen.isEmpty()) {
        return;
      }
    }
    switch (target) {
      case EXECUTOR -> {
        if (!driver.endsWithin(millis)) {
          killExecutor(driver, earlier);
        }
      }
      case DRIVER -> kill(driver, millis);
      case WRITING_DRIVER -> {
        if (kill(driver, writingMillis) && !Files.exists(seen.get().resolve("_manifest.json"))) {
          toll = toll.plus(new Toll(0, 0, 1, 0, 0, 0, List.of()));
        }
      }
    }
  }

  private boolean kill(JavaProcess driver, int afterMillis) throws InterruptedException {
    if (driver.endsWithin(afterMillis)) {
      return false;
    }
    driver.kill();
    toll = toll.plus(new Toll(0, 1, 0, 0, 0, 0, List.of()));
    return true;
  }

  private void killExecutor(JavaProcess driver, Set<String> earlier) throws InterruptedException {
    do {
      List<ProcessHandle> mine =
          cluster.allExecutors().stream()
              .filter(e -> !earlier.contains(e.application()))
              .map(LocalCluster.Executor::process)
              .toList();
      if (!mine.isEmpty()) {
        ProcessHandle process = mine.get(random.nextInt(mine.size()));
        if (process.destroyForcibly()) {
          toll = toll.plus(new Toll(1, 0, 0, 0, 0, 0, List.of()));
        }
        return;
      }
    } while (!driver.endsWithin(20)); // the last one died, the next is not there yet
  }

  private void compare(String name, Path run, Mode mode, Toll before) {
    List<String> differences = new ArrayList<>();
    RunDiff.compare(CONF, undisturbed(mode).toUri(), run.toUri())
        .differences()
        .forEach(d -> differences.add(name + ": " + d));
    String expected = last(undisturbed(mode));
    String found = last(run);
    if (!found.equals(expected)) {
      differences.add(name + ": weights " + found + " instead of " + expected);
    }
    toll = toll.plus(new Toll(0, 0, 0, 0, 0, 1, differences));
    out.accept(
        String.format(
            Locale.ROOT,
            "%s, %s: %d faults, %d resumptions, weights %s; so far %d faults",
            name,
            mode.key(),
            toll.faults() - before.faults(),
            toll.resumptions() - before.resumptions(),
            differences.isEmpty() ? "the same" : "NOT THE SAME",
            toll.faults()));
  }

  private JavaProcess start(String name, List<String> arguments) {
    return JavaProcess.start(
        dir.resolve(name + ".log"),
        Map.of("OMP_NUM_THREADS", "1"),
        Pattern.compile("^(done)$"),
        "512m",
        mainClass,
        arguments);
  }

  private void finish(String name, List<String> arguments) throws InterruptedException {
    try (JavaProcess process = start(name, arguments)) {
      if (process.exitCode() != 0) {
        throw new UserException("'%s' failed without being disturbed, see %s", name, process.log());
      }
    }
  }

  @Override
  public String toString() {
    return "soak run with seed " + seed + " in " + dir;
  }
}
