package io.sparkddpm.spark.training.exchange;

import static io.sparkddpm.spark.training.job.TrainFixture.asOnCluster;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.job.RandomImages;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.round.Carriers;
import io.sparkddpm.spark.training.round.RoundPlan;
import io.sparkddpm.spark.training.round.Rounds;
import io.sparkddpm.spark.training.round.WorkerSetup;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

/** Blocks that go while their executor stays, and what is left when a run ends. */
class LostBlocksTest {
  private static final int BATCH = 7;
  private static final Pattern WORKERS = Pattern.compile("broadcast_\\d+_w0b\\d+");
  private static final Pattern ALL_WORKERS = Pattern.compile("broadcast_\\d+_w\\d+b\\d+");
  private static final Pattern AVERAGES = Pattern.compile("broadcast_\\d+_a\\d+b\\d+");
  private static final Pattern MEANS = Pattern.compile("broadcast_\\d+_m\\d+b\\d+");
  private static final Pattern MOMENTA = Pattern.compile("broadcast_\\d+_o\\d+b\\d+");
  private static final Pattern MOMENTS = Pattern.compile("broadcast_\\d+_v\\d+b\\d+");
  private static final Pattern ANY = Pattern.compile("broadcast_\\d+_[awmov]\\d+b\\d+");

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[1]"); // workers one after the other
    oneJobUpTo("0");
  }

  /** Bytes that whoever reads them averages by itself. */
  private static void oneJobUpTo(String bytes) {
    spark.sparkContext().conf().set(ClusterExchange.ONE_JOB, bytes);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static List<BlockId> blocks(Pattern named) {
    return new ArrayList<>(
        JavaConverters.seqAsJavaList(
            SparkEnv.get()
                .blockManager()
                .getMatchingBlockIds(id -> named.matcher(id.name()).matches())));
  }

  private static int remove(Pattern named) {
    BlockManager manager = SparkEnv.get().blockManager();
    List<BlockId> found = blocks(named);
    found.forEach(id -> manager.removeBlock(id, false));
    return found.size();
  }

  /** Removes the first worker's vectors while the second one works, once. */
  private static final class Remover {
    private static final AtomicInteger REMOVED = new AtomicInteger();

    static void onRead(long position, int attempt) {
      if (position / BATCH == 4 && position % BATCH != 0 && REMOVED.get() == 0) {
        REMOVED.addAndGet(remove(WORKERS));
      }
    }
  }

  private static void assertTheSame(Path expected, Path found) {
    assertEquals(last(expected).manifest().fingerprint(), last(found).manifest().fingerprint());
    assertEquals(metrics(expected), metrics(found));
  }

  private static RunSettings withNesterov(Moments moments) {
    var period = new AveragingPeriod.Constant(2);
    var outer = OuterOptimizer.Nesterov.DEFAULTS;
    return settings(training(BATCH, 12, 2, new AveragingConfig.Parameters(period, outer, moments)));
  }

  @Test
  void aBlockThatItsOwnExecutorHasLostIsComputedAgain() {
    blocksGo("", settings(training(BATCH, 12, 2, 2)), AVERAGES);
  }

  @Test
  void whatReadersAverageIsComputedAgainWhereItIsLost() {
    oneJobUpTo("1g");
    try {
      blocksGo("few-", settings(training(BATCH, 12, 2, 2)), ALL_WORKERS);
      var mean = new OuterOptimizer.Mean();
      var period = new AveragingPeriod.Constant(2);
      var own = new AveragingConfig.Parameters(period, mean, Moments.LOCAL);
      blocksGo("few-own-", settings(training(BATCH, 12, 2, own)), ALL_WORKERS);
      RunSettings gradients = settings(training(BATCH, 6, 2, new AveragingConfig.Gradients()));
      workersGo("few-gradients-", gradients);
      runsAgainWithout(ALL_WORKERS, new AveragingConfig.Parameters(period));
      assertEquals(List.of(), blocks(ANY));
    } finally {
      oneJobUpTo("0");
    }
  }

  @Test
  void whatIsNoSizeIsRefused() {
    oneJobUpTo("few");
    try {
      var run = asOnCluster(job(spark, dir.resolve("no-size"), settings(training(BATCH, 2, 2, 2))));
      var e = assertThrows(UserException.class, run::run);
      assertEquals(
          "spark.ddpm.round.one-job-bytes=few: a size such as 4m is needed, or 0", e.getMessage());
    } finally {
      oneJobUpTo("0");
    }
  }

  @Test
  void changesThatAreLostAreComputedAgainAndAProcessWithoutThemGetsTheStart() {
    var period = new AveragingPeriod.Constant(2);
    var outer = OuterOptimizer.Nesterov.DEFAULTS;
    var averaging =
        new AveragingConfig.Parameters(period, outer, Moments.AVERAGED, ExchangeFormat.BFLOAT16);
    blocksGo("changes-", settings(training(BATCH, 12, 2, averaging)), AVERAGES);
    assertEquals(List.of(), blocks(ANY));
  }

  private static Path workersGo(String name, RunSettings settings) {
    Path calm = dir.resolve(name + "calm");
    job(spark, calm, settings).run();
    Path worker = dir.resolve(name + "worker");
    Remover.REMOVED.set(0);
    asOnCluster(job(spark, worker, settings, Remover::onRead)).run();
    assertTrue(Remover.REMOVED.get() > 0);
    assertTheSame(calm, worker);
    return calm;
  }

  /**
   * @param held what a round starts from
   */
  private static void blocksGo(String name, RunSettings settings, Pattern held) {
    Path calm = workersGo(name, settings);
    Path start = dir.resolve(name + "start");
    AtomicInteger removed = new AtomicInteger();
    asOnCluster(job(spark, start, settings))
        .observer(
            new RunObserver() {
              @Override
              public void checkpointed(Checkpoint checkpoint) {
                removed.addAndGet(remove(held));
              }
            })
        .run();
    assertTrue(removed.get() > 0);
    assertTheSame(calm, start);
  }

  /** While workers train on what they have fetched already, what they started from goes. */
  private static final class StartRemover {
    private static final AtomicInteger REMOVED = new AtomicInteger();

    static void onRead(long position, int attempt) {
      if (position / BATCH == 5 && position % BATCH != 0 && REMOVED.get() == 0) {
        REMOVED.addAndGet(remove(AVERAGES) + remove(MOMENTA));
      }
    }
  }

  @Test
  void whatAnOuterStepStartsFromIsSentAgainWhereItIsLost() {
    RunSettings settings = withNesterov(Moments.AVERAGED);
    Path calm = dir.resolve("outer-calm");
    job(spark, calm, settings).run();
    Path lost = dir.resolve("outer-lost");
    asOnCluster(job(spark, lost, settings, StartRemover::onRead)).run();
    assertTrue(StartRemover.REMOVED.get() > 0);
    assertTheSame(calm, lost);
    assertEquals(List.of(), blocks(ANY));
  }

  /** Removes what workers keep to themselves when they begin a step, once. */
  private static final class MomentsRemover {
    private static final AtomicInteger REMOVED = new AtomicInteger();

    static void onRead(long position, int attempt) {
      if (position == 10 * BATCH && REMOVED.get() == 0) {
        REMOVED.addAndGet(remove(MOMENTS));
      }
    }
  }

  @Test
  void whereWorkersOwnMomentsAreLostTheRunResumesFromItsLastCheckpoint() {
    RunSettings settings = withNesterov(Moments.LOCAL);
    Path calm = dir.resolve("own-calm");
    job(spark, calm, settings).run();
    Path round = dir.resolve("own-in-a-round");
    asOnCluster(job(spark, round, settings, MomentsRemover::onRead)).run();
    assertTrue(MomentsRemover.REMOVED.get() > 0);
    assertTheSame(calm, round);

    Path checkpoint = dir.resolve("own-before-a-checkpoint");
    List<Long> measured = new ArrayList<>();
    asOnCluster(job(spark, checkpoint, settings))
        .observer(
            new RunObserver() {
              @Override
              public void measured(TrainingMetrics metrics) {
                measured.add(metrics.step());
                if (measured.size() == 3) {
                  remove(MOMENTS);
                }
              }
            })
        .run();
    assertEquals(List.of(4L, 8L, 12L, 8L, 12L), measured);
    assertTheSame(calm, checkpoint);
    assertEquals(List.of(), blocks(ANY));
  }

  @Test
  void momentsThatAreLostAgainAndAgainEndTheRun() {
    Path run = dir.resolve("own-again");
    RandomImages.Fault fault =
        (position, attempt) -> {
          if (position == 10 * BATCH) {
            remove(MOMENTS);
          }
        };
    var e =
        assertThrows(
            UserException.class,
            () -> asOnCluster(job(spark, run, withNesterov(Moments.LOCAL), fault)).run());
    assertTrue(
        e.getMessage()
            .startsWith("executors were lost again and again since the checkpoint of step 6"),
        e.getMessage());
  }

  /** The driver's vectors after four rounds. */
  private static List<float[]> afterFourRounds(
      RunSettings settings, boolean local, Pattern lost, AtomicInteger removed) {
    float[] initial = TrainFixture.engine().initialParameters(settings.model(), 3);
    TrainingState state = TrainingState.initial(initial);
    var outer =
        settings
            .training()
            .averaging()
            .outerOptimizer()
            .map(optimizer -> new OuterStep(optimizer, new float[initial.length]));
    WorkerSetup setup =
        new WorkerSetup(
            settings.schedule(),
            settings.diffusion(),
            settings.training(),
            settings.seed(),
            new EnginePool.Key(TrainFixture.engine(), settings.model(), settings.optimizer(), 1),
            new RandomImages(TrainFixture.IMAGES, TrainFixture.SIZE),
            null);
    List<Long> taken = new ArrayList<>();
    try (Rounds rounds =
        new Rounds(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            setup,
            local,
            Carriers.find(),
            outer,
            Optional.empty())) {
      for (long step = 0; step < 8; step += 2) {
        Clock clock = new UniformClock(settings.schedule().steps());
        var span = settings.training().averaging().round(step);
        assertTrue(rounds.run(state, RoundPlan.of(span, step, clock)).complete());
        if (step == 2) {
          removed.addAndGet(remove(lost));
        }
        rounds.take(round -> taken.add(state.step()));
      }
      rounds.settle();
    }
    assertEquals(List.of(2L, 4L, 6L, 8L), taken);
    List<float[]> vectors = new ArrayList<>();
    vectors.add(state.parameters());
    vectors.add(state.firstMoment());
    vectors.add(state.secondMoment());
    outer.ifPresent(step -> vectors.add(step.momentum()));
    return vectors;
  }

  /** It runs the round again, and the next one, whose workers have worked meanwhile. */
  @Test
  void whatTheDriverHasNotTakenYetMayBeLost() {
    var period = new AveragingPeriod.Constant(2);
    var nesterov = OuterOptimizer.Nesterov.DEFAULTS;
    AveragingConfig plain = new AveragingConfig.Parameters(period);
    AveragingConfig outer = new AveragingConfig.Parameters(period, nesterov, Moments.AVERAGED);
    AveragingConfig changes =
        new AveragingConfig.Parameters(period, nesterov, Moments.RESET, ExchangeFormat.BFLOAT16);
    runsAgainWithout(AVERAGES, plain);
    runsAgainWithout(AVERAGES, outer);
    runsAgainWithout(MEANS, outer);
    runsAgainWithout(AVERAGES, changes);
    assertEquals(List.of(), blocks(ANY));
  }

  private static void runsAgainWithout(Pattern lost, AveragingConfig averaging) {
    RunSettings settings = settings(training(BATCH, 8, 2, averaging));
    AtomicInteger removed = new AtomicInteger();
    List<float[]> expected = afterFourRounds(settings, true, lost, removed);
    assertEquals(0, removed.get());
    List<float[]> found = afterFourRounds(settings, false, lost, removed);
    assertTrue(removed.get() > 0);
    for (int v = 0; v < expected.size(); v++) {
      assertArrayEquals(expected.get(v), found.get(v), 0f);
    }
  }

  @Test
  void workersOwnMomentsOfARoundThatIsToBeRunAgainAreGone() {
    RunSettings settings = withNesterov(Moments.LOCAL);
    AtomicInteger removed = new AtomicInteger();
    assertThrows(
        LostMomentsException.class, () -> afterFourRounds(settings, false, MEANS, removed));
    assertTrue(removed.get() > 0);
  }

  @Test
  void nothingOfARunIsLeftWhenItHasEnded() throws Exception {
    asOnCluster(job(spark, dir.resolve("ended"), settings(training(BATCH, 12, 2, 2)))).run();
    assertEquals(List.of(), blocks(ANY));
    oneJobUpTo("1g");
    asOnCluster(job(spark, dir.resolve("one-job"), settings(training(BATCH, 12, 2, 2)))).run();
    oneJobUpTo("0");
    assertEquals(List.of(), blocks(ANY));
    String live =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    assertTrue(live.contains(BlockStore.class.getName()), "it lists our classes");
    assertFalse(live.contains(ModelStateCache.class.getName()), "vectors to start from");
  }
}
