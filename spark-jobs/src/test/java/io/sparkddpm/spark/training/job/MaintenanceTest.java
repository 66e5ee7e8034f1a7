package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
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
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.MixedHardware;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.tensor.NamedTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static final MaintenanceConfig DEFAULTS = MaintenanceConfig.DEFAULTS;

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static List<Long> kept(Path run) {
    return Checkpoints.list(CONF, uri(run)).stream().map(Checkpoint::step).toList();
  }

  @Test
  void theRuleKeepsTheLastSomeAndTheBest() {
    Path run = dir.resolve("rule");
    MaintenanceConfig maintenance =
        new MaintenanceConfig(0, 12, false, 0, 1, 0, MixedHardware.REFUSE);
    job(spark, run, settings(training(7, 42, 2, 2))).maintenance(maintenance).run();
    assertEquals(List.of(12L, 24L, 36L, 42L), kept(run));

    Path best = dir.resolve("best");
    job(spark, best, settings(training(7, 42, 2, 2)))
        .maintenance(new MaintenanceConfig(0, 0, true, 0, 1, 0, MixedHardware.REFUSE))
        .run();
    long lowest = 0;
    double loss = Double.POSITIVE_INFINITY;
    for (long step = 6; step <= 42; step += 6) {
      long until = step;
      List<Double> lines =
          MetricsLog.read(CONF, uri(best)).stream()
              .filter(m -> m.step() <= until)
              .map(m -> m.loss())
              .toList();
      double mean =
          lines.subList(Math.max(0, lines.size() - 10), lines.size()).stream()
              .mapToDouble(l -> l)
              .average()
              .orElseThrow();
      if (mean < loss) {
        loss = mean;
        lowest = step;
      }
    }
    assertTrue(kept(best).containsAll(List.of(lowest, 36L, 42L)), kept(best) + ", " + lowest);
    assertTrue(kept(best).size() <= 3, () -> kept(best).toString());
  }

  @Test
  void checkpointsByTheClockChangeNoBit() {
    Path calm = dir.resolve("calm");
    Path hasty = dir.resolve("hasty");
    job(spark, calm, settings(training(7, 8, 2, 2))).run();
    MaintenanceConfig maintenance =
        new MaintenanceConfig(1e-9, 2, false, 0, 1, 0, MixedHardware.REFUSE);
    job(spark, hasty, settings(training(7, 8, 2, 2))).maintenance(maintenance).run();
    assertEquals(List.of(2L, 4L, 6L, 8L), kept(hasty));
    assertEquals(last(calm).manifest().fingerprint(), last(hasty).manifest().fingerprint());
  }

  @Test
  void aRoundThatDoesNotEndIsAnErrorWithWhatToSet() {
    BatchSource stuck =
        (position, count) -> {
          try {
            NEVER.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new IllegalStateException("interrupted");
        };
    MaintenanceConfig maintenance =
        new MaintenanceConfig(0, 0, false, 0.002, 1, 0, MixedHardware.REFUSE);
    var e =
        assertThrows(
            UserException.class,
            () ->
                job(spark, dir.resolve("stuck"), settings(training(7, 8, 2, 2)))
                    .source(stuck, TrainFixture.DATASET)
                    .maintenance(maintenance)
                    .run());
    assertTrue(
        e.getMessage()
            .startsWith(
                "the round of steps 0 to 1 took longer than maintenance.round-minutes=0.002: raise"
                    + " it"),
        e.getMessage());
  }

  private static SparkConf cluster(String... settings) {
    SparkConf conf = new SparkConf(false).set("spark.master", "spark://h:1");
    for (String setting : settings) {
      conf.set(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    return conf;
  }

  @Test
  void whatCannotFitIsRefusedBeforeTheFirstRoundWithWhatToSet() {
    MemoryCheck large =
        new MemoryCheck(113_673_219, 0, 16L * 113_673_219, 0, training(64, 8, 8, 1));
    SparkConf small =
        cluster(
            "spark.executor.cores=4",
            "spark.executor.extraJavaOptions=-Xss2m -Dorg.bytedeco.javacpp.maxbytes=1073741824");
    var e = assertThrows(UserException.class, () -> large.check(small, false, 1L << 30));
    for (String part :
        List.of(
            "the driver needs a heap of 4970 MiB and has 1024: set DDPM_HEAP=4970m",
            "an executor of 4 tasks needs a heap of 8262 MiB: set spark.executor.memory=8262m",
            "4 tasks need at least 6939 MiB of native memory, an executor has 1024: raise"
                + " spark.executor.memoryOverhead by at least 5915m")) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
    large.check(
        cluster(
            "spark.executor.memory=8262m",
            "spark.executor.cores=4",
            "spark.executor.extraJavaOptions=-Dorg.bytedeco.javacpp.maxbytes=8g"),
        false,
        6L << 30);
  }

  @Test
  void allWorkersLeaveTheirVectorsInOneProcess() {
    long vector = 4L * 35_746_307;
    long base = 200L << 20;
    TrainingConfig four = training(8, 8, 4, 2);
    long averages = four.ema().names().size() * vector;
    MemoryCheck check = new MemoryCheck(35_746_307, 0, 1, 0, four);
    assertEquals(3 * vector + averages + base + 4 * 3 * vector, check.driverBytes(true));
    assertEquals(3 * vector + averages + base + 2 * 3 * vector, check.driverBytes(false));
  }

  /** 2.2 million parameters are three vectors of three blocks; 16 blocks of 4 MB to each task. */
  @Test
  void anExecutorHoldsTheBlocksThatItsTasksAverage() {
    long vector = 4L * 2_200_000;
    MemoryCheck check = new MemoryCheck(2_200_000, 0, 1, 0, training(8, 8, 8, 2));
    assertEquals((2 + 8) * 3 * vector + 8 * (64L << 20) + (200L << 20), check.executorBytes(8));
    MemoryCheck tiny = new MemoryCheck(100, 0, 1, 0, training(8, 8, 8, 2));
    assertEquals((2 + 1) * 1_200 + 16 * 400 + (200L << 20), tiny.executorBytes(1));
  }

  private static TrainingConfig outer(int workers, Moments moments) {
    return training(
        8,
        8,
        workers,
        new AveragingConfig.Parameters(
            new AveragingPeriod.Constant(2), OuterOptimizer.Nesterov.DEFAULTS, moments));
  }

  /** A task that averages holds two blocks more, and has two more under way. */
  @Test
  void theMomentumOfAnOuterOptimiserIsCounted() {
    TrainingConfig four = outer(4, Moments.AVERAGED);
    MemoryCheck with = new MemoryCheck(100, 0, 1, 0, four);
    MemoryCheck without = new MemoryCheck(100, 0, 1, 0, training(8, 8, 4, 2));
    assertEquals(without.driverBytes(true) + 2 * 400, with.driverBytes(true));
    assertEquals(without.driverBytes(false) + 2 * 400, with.driverBytes(false));
    assertEquals(without.executorBytes(1) + (2 + 2 * 2) * 400, with.executorBytes(1));
  }

  /** One block is left of three, which one task averages. */
  @Test
  void momentsThatAreResetAreNotExchanged() {
    MemoryCheck reset = new MemoryCheck(100, 0, 1, 0, outer(4, Moments.RESET));
    MemoryCheck averaged = new MemoryCheck(100, 0, 1, 0, outer(4, Moments.AVERAGED));
    assertEquals(averaged.driverBytes(true), reset.driverBytes(true)); // all lie there
    assertEquals(averaged.executorBytes(2) - (2 + 2) * 2 * 400 - 12 * 400, reset.executorBytes(2));
  }

  /** Blocks are half as large; the start has a copy more, and the momentum is where it is. */
  @Test
  void changesThatTravelAreCounted() {
    var averaging =
        new AveragingConfig.Parameters(
            new AveragingPeriod.Constant(2),
            OuterOptimizer.Nesterov.DEFAULTS,
            Moments.AVERAGED,
            ExchangeFormat.BFLOAT16);
    MemoryCheck changes = new MemoryCheck(100, 0, 1, 0, training(8, 8, 4, averaging));
    MemoryCheck without = new MemoryCheck(100, 0, 1, 0, training(8, 8, 4, 2));
    assertEquals(without.driverBytes(false) + 2 * 400, changes.driverBytes(false));
    long copy = 1_200 + 3 * 400;
    assertEquals(without.executorBytes(2) + copy - 2 * 600, changes.executorBytes(2));
  }

  /** In process each lies beside the state that is computed anew, on executors twice beside it. */
  @Test
  void momentsThatWorkersKeepAreCounted() {
    MemoryCheck own = new MemoryCheck(100, 0, 1, 0, outer(4, Moments.LOCAL));
    MemoryCheck reset = new MemoryCheck(100, 0, 1, 0, outer(4, Moments.RESET));
    assertEquals(reset.driverBytes(true) + 4 * 2 * 400, own.driverBytes(true));
    assertEquals(reset.driverBytes(false), own.driverBytes(false));
    assertEquals(reset.executorBytes(2) + 2 * (3 + 2 * 2) * 400, own.executorBytes(2));
  }

  /** It is in the executors' heaps, and in the driver's where that is the executor. */
  @Test
  void theShardCacheIsCounted() {
    long cache = 300L << 20;
    MemoryCheck with = new MemoryCheck(100, 0, 1, cache, training(8, 8, 8, 2));
    MemoryCheck without = new MemoryCheck(100, 0, 1, 0, training(8, 8, 8, 2));
    assertEquals(without.executorBytes(2) + cache, with.executorBytes(2));
    SparkConf executors = cluster("spark.executor.memory=256m");
    without.check(executors, false, 256L << 20);
    var e = assertThrows(UserException.class, () -> with.check(executors, false, 256L << 20));
    assertEquals(
        "an executor of 1 tasks needs a heap of 501 MiB: set spark.executor.memory=501m (it is"
            + " 256m)",
        e.getMessage());
    SparkConf local = new SparkConf(false).set("spark.master", "local[2]");
    without.check(local, true, 256L << 20);
    e = assertThrows(UserException.class, () -> with.check(local, true, 256L << 20));
    assertTrue(e.getMessage().startsWith("the driver needs a heap of 501 MiB and has 256"));
  }

  /** Eight images on three workers: three at a time, or fewer as the optimiser says. */
  @Test
  void theEngineSaysWhatItsModelsNeedForTheImagesOfOnePass() {
    OptimizerConfig whole = OptimizerConfig.DEFAULTS;
    TrainingConfig training = training(8, 8, 3, 1);
    assertEquals(6, memory(whole, training).nativeBytes(2));
    assertEquals(9, memory(whole, training).nativeBytes(4));
    assertEquals(4, memory(whole.withMicroBatch(2), training).nativeBytes(2));
    Map<Role, EnginePool.Key> two =
        Map.of(Role.DENOISER, key(whole), Role.TEACHER, key(whole.withMicroBatch(2)));
    assertEquals(3 * (3 + 2), MemoryCheck.of(two, 0, training).nativeBytes(4));
    long teacher = Float.BYTES * key(whole).parameters();
    assertEquals(
        memory(whole, training).executorBytes(1) + 2 * teacher,
        MemoryCheck.of(two, 0, training).executorBytes(1));
  }

  private static MemoryCheck memory(OptimizerConfig optimizer, TrainingConfig training) {
    return MemoryCheck.of(Map.of(Role.DENOISER, key(optimizer)), 0, training);
  }

  private static EnginePool.Key key(OptimizerConfig optimizer) {
    return new EnginePool.Key(new ByteAnImage(), UNetConfig.DEFAULTS, optimizer, 1);
  }

  /** An engine that says that it needs a byte an image. */
  private record ByteAnImage() implements EngineFactory {
    private static final long serialVersionUID = 1L;
    private static final EngineFactory TINY = new TinyModel.Factory();

    @Override
    public String name() {
      return TINY.name();
    }

    @Override
    public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
      return TINY.create(network, optimizer, threads);
    }

    @Override
    public long trainingBytes(NetworkConfig network, int images) {
      return images;
    }

    @Override
    public List<NamedTensor> layout(NetworkConfig network) {
      return TINY.layout(network);
    }

    @Override
    public float[] initialParameters(NetworkConfig network, long seed) {
      return TINY.initialParameters(network, seed);
    }
  }

  @Test
  void limitsAreChecked() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new MaintenanceConfig(
                    -1,
                    DEFAULTS.keepEvery(),
                    false,
                    DEFAULTS.roundMinutes(),
                    1,
                    15,
                    MixedHardware.REFUSE));
    assertEquals("checkpoint-minutes must not be negative, got -1.0", e.getMessage());
  }
}
