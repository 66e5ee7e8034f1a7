package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.MixedHardware;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounds on executors that are processes of their own. */
class ClusterRoundsIT {
  @TempDir private static Path dir;
  private static LocalCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    Path scratch = Files.createDirectory(dir.resolve("cluster"));
    CardTasks.pretendCard(scratch);
    cluster = LocalCluster.start(scratch, 2, 2, "8g");
  }

  @AfterAll
  static void stop() {
    cluster.close();
    ExecutorState.free();
  }

  private static SparkSession session(String... more) {
    Map<String, String> settings = new HashMap<>(cluster.settings(2));
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.memoryOverhead", "1g");
    for (String setting : more) {
      settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    return Sessions.open("test", settings);
  }

  /** Counts copies of slow tasks that won, and executors that were lost. */
  private static final class Copies extends SparkListener {
    private final AtomicInteger won = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.taskInfo().speculative() && end.taskInfo().successful()) {
        won.incrementAndGet();
      }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
      lost.incrementAndGet();
    }
  }

  /** The real U-Net, whose first attempt at the second round never ends within its kernels. */
  private record Endless() implements EngineFactory {
    private static final long serialVersionUID = 1L;
    private static final EngineFactory REAL = new Nd4jEngine();

    @Override
    public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
      TrainableNetwork real = REAL.create(network, optimizer, threads);
      AtomicLong from = new AtomicLong();
      return (TrainableNetwork)
          Proxy.newProxyInstance(
              Endless.class.getClassLoader(),
              new Class<?>[] {TrainableNetwork.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("load")) {
                  from.set(((TrainingState) arguments[0]).step());
                }
                while (method.getName().equals("forward")
                    && from.get() == 2
                    && isFirstAttemptOfWorker0()) {
                  method.invoke(real, arguments);
                }
                try {
                  return method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    private static boolean isFirstAttemptOfWorker0() {
      return TaskContext.get().partitionId() == 0 && TaskContext.get().attemptNumber() == 0;
    }

    @Override
    public String name() {
      return REAL.name();
    }

    @Override
    public List<NamedTensor> layout(NetworkConfig network) {
      return REAL.layout(network);
    }

    @Override
    public float[] initialParameters(NetworkConfig network, long seed) {
      return REAL.initialParameters(network, seed);
    }
  }

  /** Its engine is closed when it is killed: no kernel of its two threads may run then. */
  @Test
  void aTaskThatNeverEndsIsOvertakenByItsCopyWhichBringsTheSameBits() throws Exception {
    var averaging =
        new AveragingConfig.Parameters(
            new AveragingPeriod.Constant(2),
            OuterOptimizer.Nesterov.DEFAULTS,
            Moments.AVERAGED,
            ExchangeFormat.BFLOAT16);
    RunSettings settings = settings(training(7, 8, 3, averaging));
    Path calm = dir.resolve("calm");
    try (SparkSession spark = TrainFixture.spark(2, 2)) {
      job(spark, calm, settings).engine(new Nd4jEngine()).run();
    }
    ExecutorState.free();
    Path run = dir.resolve("overtaken");
    Copies copies = new Copies();
    try (SparkSession spark =
        session(
            "spark.cores.max=4",
            "spark.executor.cores=2",
            "spark.task.cpus=2",
            "spark.speculation=true",
            "spark.speculation.interval=50ms",
            "spark.speculation.minTaskRuntime=100ms",
            "spark.speculation.quantile=0.5")) {
      spark.sparkContext().addSparkListener(copies);
      job(spark, run, settings).engine(new Endless()).run();
      spark.sparkContext().listenerBus().waitUntilEmpty();
    }
    assertTrue(copies.won.get() >= 1, "no copy won");
    assertEquals(0, copies.lost.get(), "executors that were lost");
    assertEquals(last(calm).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(calm), metrics(run));
  }

  /** With them go the moments that workers keep to themselves: steps 6 to 8 are taken twice. */
  @Test
  void executorsThatDieWithTheirWorkersMomentsChangeNoBit() throws Exception {
    var averaging =
        new AveragingConfig.Parameters(
            new AveragingPeriod.Constant(2), OuterOptimizer.Nesterov.DEFAULTS, Moments.LOCAL);
    RunSettings settings = settings(training(7, 12, 3, averaging));
    Path calm = dir.resolve("own-calm");
    try (SparkSession spark = TrainFixture.spark(2, 1)) {
      job(spark, calm, settings).run();
    }
    ExecutorState.free();
    Path run = dir.resolve("own-killed");
    List<Long> measured = new ArrayList<>();
    try (SparkSession spark = session("spark.cores.max=2", "spark.executor.cores=1")) {
      job(spark, run, settings)
          .observer(
              new RunObserver() {
                @Override
                public void measured(TrainingMetrics metrics) {
                  measured.add(metrics.step());
                  if (measured.size() == 2) {
                    cluster.executors().values().forEach(ProcessHandle::destroyForcibly);
                  }
                }
              })
          .run();
    }
    assertEquals(List.of(4L, 8L, 8L, 12L), measured);
    assertEquals(last(calm).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(calm), metrics(run));
  }

  @Test
  void onlyStagesOfNetworksAskForCardsAndOneOfTheirTasksRunsOnAnExecutor() throws Exception {
    CardTasks.Asked asked = new CardTasks.Asked();
    try (SparkSession spark =
        session(
            "spark.cores.max=2",
            "spark.executor.cores=2",
            TaskResources.OF_EXECUTOR + "=1",
            ClusterExchange.ONE_JOB + "=0")) {
      spark.sparkContext().addSparkListener(asked);
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      assertEquals(
          List.of(List.of(), List.of()),
          context.parallelize(List.of(0, 1), 2).map(i -> CardTasks.together()).collect());
      assertEquals(
          Collections.nCopies(4, List.of("7")),
          TaskResources.withCard(context.parallelize(List.of(0, 1, 2, 3), 4))
              .map(i -> CardTasks.alone())
              .collect());
      job(spark, dir.resolve("cards"), settings(training(7, 2, 2, 1)))
          .engine(new Nd4jEngine())
          .run();
      spark.sparkContext().listenerBus().waitUntilEmpty();
    }
    assertEquals(1, asked.asked().get("collectPartitions at ClusterExchange.java"));
    assertEquals(0, asked.asked().get("collect at ClusterExchange.java"));
  }

  private static String refused(
      SparkSession spark, String run, long steps, MaintenanceConfig maintenance) {
    RunSettings settings = settings(training(7, steps, 2, 1));
    return assertThrows(
            UserException.class,
            () -> job(spark, dir.resolve(run), settings).maintenance(maintenance).run())
        .getMessage();
  }

  @Test
  void noExecutorForTooLongIsAnErrorWithWhatToSet() throws IOException {
    try (SparkSession spark = session("spark.executor.memory=70g")) {
      String message =
          refused(
              spark,
              "none",
              8,
              new MaintenanceConfig(0, 0, false, 0, 1, 0.02, MixedHardware.REFUSE));
      assertEquals(
          "the round of step 0 had 0 executors for maintenance.resource-minutes=0.02,"
              + " maintenance.executors=1 are needed: see whether the cluster has room for"
              + " spark.executor.memory=70g and spark.executor.cores=1, or ask for less",
          message);
    }
  }

  @Test
  void tooFewExecutorsOverManyShortRoundsAreAnErrorToo() throws IOException {
    try (SparkSession spark = session()) {
      MaintenanceConfig maintenance =
          new MaintenanceConfig(0, 0, false, 0, 3, 0.05, MixedHardware.REFUSE);
      String message = refused(spark, "few", 100_000, maintenance);
      assertTrue(message.contains("maintenance.executors=3 are needed"), message);
    }
  }
}
