package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.spark.ml.DdpmEstimator;
import io.sparkddpm.spark.ml.DdpmModel;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.RunDiff;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The weights do not depend on the cluster: shown on a standalone cluster of processes, some of
 * which are killed.
 */
class ClusterIT {
  private static final Configuration CONF = new Configuration();
  private static final Map<String, String> UNDISTURBED = new HashMap<>();
  private static final String PARAMETERS = "parameters";
  private static final String GRADIENTS = "gradients";

  /** Averages parameters too, with two threads a task. */
  private static final String THREADS = "threads";

  private static final int IMAGES_SEED = 5;
  private static final int IMAGES = 50;
  private static final int DRAWN = 8;
  private static final String SET = "--set=";
  private static final List<String> SAMPLE =
      List.of(SET + "sample.weights=ema-0.9", SET + "sample.solver=ddim", SET + "sample.steps=2");

  @TempDir private static Path dir;
  private static String table;
  private static Path dataset;
  private static LocalCluster cluster;

  /**
   * Kills an executor in each part of a round: while workers work, while their vectors are
   * averaged, and when that is done and others want the averages, which are all workers' vectors
   * where no job averages them. Made by Spark.
   */
  public static final class Killer extends SparkListener {
    private static final AtomicInteger WORKING = new AtomicInteger();
    private static final AtomicInteger AVERAGING = new AtomicInteger();
    private static final AtomicInteger WORKED = new AtomicInteger();
    private static final AtomicInteger AVERAGED = new AtomicInteger();
    private static final AtomicInteger KILLED = new AtomicInteger();
    private static volatile boolean oneJob;

    /** Stages that average. */
    private final Set<Integer> averaging = new HashSet<>();

    private String lastExecutor;

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
      if (submitted.stageInfo().name().startsWith("collect at ClusterExchange")) {
        averaging.add(submitted.stageInfo().stageId());
      }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      lastExecutor = start.taskInfo().executorId();
      boolean isAveraging = averaging.contains(start.stageId());
      int number = (isAveraging ? AVERAGING : WORKING).incrementAndGet();
      if (number == (isAveraging ? 3 : 2)) {
        kill();
      }
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted completed) {
      boolean isAveraging = averaging.contains(completed.stageInfo().stageId());
      int number = (isAveraging ? AVERAGED : WORKED).incrementAndGet();
      if (number == 3 && isAveraging != oneJob) {
        kill();
      }
    }

    static void reset(boolean roundsOfOneJob) {
      List.of(WORKING, AVERAGING, WORKED, AVERAGED, KILLED).forEach(count -> count.set(0));
      oneJob = roundsOfOneJob;
    }

    private void kill() {
      ProcessHandle executor = cluster.executors().get(lastExecutor);
      if (executor != null && executor.destroyForcibly()) {
        KILLED.incrementAndGet();
      }
    }
  }

  @BeforeAll
  static void prepare() throws IOException {
    table = dir.resolve("table").toString();
    try (SparkSession spark = Sessions.open("table", Map.of("spark.master", "local[2]"))) {
      images(spark).repartition(3).write().parquet(table);
    }
    dataset = dir.resolve("dataset");
    run(
        List.of(
            "shard",
            "--format=table",
            "--input=" + table,
            "--output=" + dataset,
            "--image-size=8",
            "--set=shard.records-per-shard=20",
            "--spark-conf=spark.master=local[2]"));
    for (String mode : List.of(PARAMETERS, GRADIENTS)) {
      List<String> arguments = train("calm-" + mode, mode);
      arguments.add("--spark-conf=spark.master=local[2]");
      run(arguments);
      UNDISTURBED.put(mode, sha256("calm-" + mode));
    }
    assertNotEquals(UNDISTURBED.get(PARAMETERS), UNDISTURBED.get(GRADIENTS));
    cluster = LocalCluster.start(Files.createDirectory(dir.resolve("cluster")), 2, 4, "8g");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static List<String> train(String run, String mode) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--dataset=" + dataset,
                "--run=" + dir.resolve(run),
                "--set=seed=3",
                "--set=model.image-size=8",
                "--set=model.channels=32",
                "--set=model.multipliers=[1,1]",
                "--set=model.blocks=1",
                "--set=model.attention=[]",
                "--set=training.batch-size=7",
                "--set=training.workers=4",
                "--set=training.averaging=" + (mode.equals(THREADS) ? PARAMETERS : mode),
                "--set=training.steps=8",
                "--set=training.checkpoint-every=2",
                "--set=training.sample-every=0",
                "--set=training.ema.rates=[0.9]",
                "--set=training.metrics-every=2"));
    if (!mode.equals(GRADIENTS)) {
      arguments.add("--set=training.averaging.period.steps=2");
    }
    return arguments;
  }

  private static List<String> onCluster(List<String> arguments, int executors) {
    List<String> all = new ArrayList<>(arguments);
    cluster.settings(executors).forEach((k, v) -> all.add("--spark-conf=" + k + "=" + v));
    all.add("--spark-conf=spark.executor.memory=512m");
    all.add("--spark-conf=spark.executor.memoryOverhead=1g");
    return all;
  }

  @Test
  void theDoctorLooksAtEveryExecutor() {
    Said said = Said.run(onCluster(List.of("doctor", "--dir=" + dir), 3));
    assertEquals(Cli.OK, said.code(), said.text());
    assertEquals(
        3, said.text().lines().filter(l -> l.endsWith("computes  shared")).count(), said.text());
    assertTrue(said.text().endsWith("no problem found\n"), said.text());
  }

  private static List<String> onTwoThreads(String run, int executors) {
    List<String> all = onCluster(train(run, THREADS), executors);
    all.add("--spark-conf=spark.cores.max=" + 2 * executors);
    all.add("--spark-conf=spark.executor.cores=2");
    all.add("--spark-conf=spark.task.cpus=2");
    return all;
  }

  private static void run(List<String> arguments) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
    int code =
        new Cli(new Terminal(out, out, Optional.empty())).run(arguments.toArray(String[]::new));
    assertEquals(Cli.OK, code, () -> text.toString(StandardCharsets.UTF_8));
  }

  private static Checkpoint last(String run) {
    return Checkpoints.latestWhole(CONF, dir.resolve(run).toUri()).orElseThrow();
  }

  private static String sha256(String run) {
    Checkpoint last = last(run);
    assertEquals(8, last.step());
    return last.manifest().file("weights.safetensors").orElseThrow().sha256();
  }

  /** Averages of weights, moments and metrics too. */
  private static void assertSame(String mode, String run) {
    assertEquals(UNDISTURBED.get(mode), sha256(run), run);
    assertEquals(
        last("calm-" + mode).manifest().fingerprint(), last(run).manifest().fingerprint(), run);
    RunDiff.Result diff =
        RunDiff.compare(CONF, dir.resolve("calm-" + mode).toUri(), dir.resolve(run).toUri());
    assertEquals(List.of(), diff.differences());
    assertEquals(4, diff.metrics());
  }

  /** Those of local mode, where one process has all workers. */
  @Test
  void fourExecutorsGiveTheSameBits() {
    run(onCluster(train("executors", PARAMETERS), 4));
    assertSame(PARAMETERS, "executors");
  }

  @Test
  void twoExecutorsGiveTheSameGradients() {
    run(onCluster(train("gradients", GRADIENTS), 2));
    assertSame(GRADIENTS, "gradients");
  }

  @Test
  void executorsMayDieInARound() {
    run(onTwoThreads("calm-" + THREADS, 1));
    UNDISTURBED.put(THREADS, sha256("calm-" + THREADS));
    assertNotEquals(UNDISTURBED.get(PARAMETERS), UNDISTURBED.get(THREADS));
    runKilled("killed", "0");
    assertEquals(3, Killer.KILLED.get());
    runKilled("killed-one-job", "1g");
    assertEquals(2, Killer.KILLED.get());
    assertEquals(0, Killer.AVERAGED.get());
  }

  private static void runKilled(String name, String oneJobUpTo) {
    Killer.reset(!oneJobUpTo.equals("0"));
    List<String> arguments = onTwoThreads(name, 2);
    arguments.add("--spark-conf=" + ClusterExchange.ONE_JOB + "=" + oneJobUpTo);
    arguments.add("--spark-conf=spark.extraListeners=" + Killer.class.getName());
    arguments.add("--spark-conf=spark.speculation=true");
    run(arguments);
    assertSame(THREADS, name);
  }

  private static SparkSession session(int executors) {
    Map<String, String> settings = new HashMap<>(cluster.settings(executors));
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.memoryOverhead", "1g");
    settings.put("spark.sql.shuffle.partitions", "2");
    return Sessions.open("ml", settings);
  }

  private static String[] settings(List<String> arguments) {
    return arguments.stream()
        .filter(a -> a.startsWith(SET))
        .map(a -> a.substring(SET.length()))
        .toArray(String[]::new);
  }

  private static Dataset<Row> images(SparkSession spark) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      rows.add(
          RowFactory.create(
              (long) i, ImageCodec.encodePng(ShapesImages.draw(IMAGES_SEED, i).image())));
    }
    return spark.createDataFrame(
        rows, new StructType().add("id", DataTypes.LongType).add("png", DataTypes.BinaryType));
  }

  /** It is fitted and saved in one session, loaded and used in another one. */
  @Test
  void aPipelineOfSparkMlHasTheBitsOfTheCommands() throws Exception {
    List<String> arguments = train("unused", PARAMETERS);
    arguments.add(SET + "shard.image-size=8");
    arguments.add(SET + "shard.records-per-shard=20");
    arguments.addAll(SAMPLE);
    String saved = dir.resolve("model").toString();
    try (SparkSession spark = session(2)) {
      DdpmEstimator estimator =
          new DdpmEstimator()
              .setSettings(settings(arguments))
              .setDir(dir.resolve("fits").toString());
      new Pipeline()
          .setStages(new PipelineStage[] {estimator})
          .fit(spark.read().parquet(table))
          .write()
          .save(saved);
    }
    Map<Long, byte[]> drawn = new TreeMap<>();
    DdpmModel model;
    try (SparkSession spark = session(3)) {
      PipelineModel loaded = PipelineModel.load(saved);
      model = (DdpmModel) loaded.stages()[0];
      loaded
          .transform(spark.range(DRAWN).toDF().repartition(3))
          .collectAsList()
          .forEach(row -> drawn.put(row.getAs("id"), row.getAs("output")));
    }
    assertEquals(
        UNDISTURBED.get(PARAMETERS),
        Checkpoint.read(CONF, URI.create(model.checkpoint())).weightsSha256());
    Path samples = dir.resolve("samples");
    List<String> command =
        new ArrayList<>(
            List.of(
                "sample",
                "--run=" + dir.resolve("calm-" + PARAMETERS),
                "--count=" + DRAWN,
                "--output=" + samples,
                "--spark-conf=spark.master=local[2]"));
    command.addAll(SAMPLE);
    run(command);
    Samples stored = Samples.open(CONF, samples.toUri());
    assertEquals(DRAWN, drawn.size());
    stored.shards().stream()
        .flatMap(shard -> stored.read(shard).stream())
        .forEach(s -> assertArrayEquals(s.file(), drawn.get(s.index()), "sample " + s.index()));
  }

  @Test
  void theDriverMayDieWhileItWritesACheckpoint() throws Exception {
    Files.createDirectories(dir.resolve("resumed"));
    List<String> arguments = train("resumed", PARAMETERS);
    List<String> gated = onCluster(arguments, 2);
    gated.replaceAll(a -> a.replace("--run=", "--run=gated:"));
    try (ServerSocket gate = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      gated.addAll(GatedFileSystem.settings("step-00000006/weights", gate.getLocalPort()));
      try (JavaProcess driver =
          JavaProcess.start(
              dir.resolve("driver.log"),
              Map.of("OMP_NUM_THREADS", "1"),
              Pattern.compile("^(done)$"),
              "512m",
              Main.class.getName(),
              gated)) {
        try (Socket writing = GatedFileSystem.knock(gate, driver)) {
          driver.kill();
          assertTrue(writing.isConnected());
        }
      }
    }
    assertTrue(Files.exists(dir.resolve("resumed/_lease")));
    assertFalse(Files.exists(dir.resolve("resumed/_manifest.json")));
    assertEquals(4, last("resumed").step());
    run(onCluster(arguments, 1));
    assertSame(PARAMETERS, "resumed");
  }
}
