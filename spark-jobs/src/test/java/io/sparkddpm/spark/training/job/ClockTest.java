package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.LossWeighting;
import io.sparkddpm.objective.MinSnrWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.SecondMomentClock;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run has the same bits however it is carried out, by whichever clock it draws. */
class ClockTest {
  private static final int TIMESTEPS = 4;

  /** So short that a few steps fill it; the order in which losses come in matters to every bit. */
  private static final ClockConfig LEARNING = new ClockConfig.SecondMoment(2, 0.01);

  private static final ClockConfig SPREAD = new ClockConfig.Stratified();

  @TempDir Path dir;
  private SparkSession spark;

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
    ExecutorState.free();
  }

  private SparkSession local(int threads) {
    stop();
    spark = TrainFixture.spark("local[" + threads + "]");
    return spark;
  }

  private static RunSettings settings(TrainingConfig training, ClockConfig clock) {
    return settings(training, clock, training.weighting());
  }

  private static RunSettings settings(
      TrainingConfig t, ClockConfig clock, LossWeighting weighting) {
    TrainingConfig training =
        new TrainingConfig(
            t.batchSize(),
            t.steps(),
            t.workers(),
            t.averaging(),
            t.ema(),
            t.flip(),
            t.checkpointEvery(),
            t.keepCheckpoints(),
            t.sampleEvery(),
            t.sampleCount(),
            t.metricsEvery(),
            weighting,
            clock,
            ObjectiveConfig.DEFAULTS);
    RunSettings base = TrainFixture.settings(training);
    return new RunSettings(
        new LinearSchedule(TIMESTEPS, 1e-3, 0.2),
        base.diffusion(),
        base.model(),
        base.optimizer(),
        training,
        base.data(),
        base.seed());
  }

  private static byte[] state(Path run) throws IOException {
    return Files.readAllBytes(Path.of(last(run).uri()).resolve("clock.bin"));
  }

  private static SecondMomentClock learned(Path run) throws IOException {
    return (SecondMomentClock) new SecondMomentClock(TIMESTEPS, 2, 0.01).restore(state(run));
  }

  private static void assertSame(Path first, Path run) {
    assertEquals(last(first).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(first), metrics(run));
  }

  @Test
  void partitionsAndTransportDoNotChangeABit() throws IOException {
    Map<String, Path> firsts = new HashMap<>();
    for (int threads : new int[] {1, 2, 4}) {
      local(threads);
      for (ClockConfig clock : List.of(LEARNING, SPREAD)) {
        for (AveragingMode mode : List.of(AveragingMode.PARAMETERS, AveragingMode.GRADIENTS)) {
          int every = mode == AveragingMode.PARAMETERS ? 2 : 1;
          RunSettings settings =
              settings(training(7, 8, 3, every, mode), clock, MinSnrWeighting.DEFAULTS);
          for (boolean cluster : new boolean[] {false, true}) {
            String name = clock.getClass().getSimpleName() + "-" + mode;
            Path run = dir.resolve(name + "-" + threads + "-" + cluster);
            TrainJob job = job(spark, run, settings);
            (cluster ? job.asOnCluster() : job).run();
            assertSame(firsts.computeIfAbsent(name, n -> run), run);
            if (clock == LEARNING) {
              assertNotEquals(0.25, learned(run).probability(0), "it has seen enough");
            }
          }
        }
      }
    }
  }

  @Test
  void aRunThatIsKilledAndResumedEndsWithTheSameState() throws IOException {
    for (ClockConfig clock : List.of(LEARNING, SPREAD)) {
      RunSettings settings = settings(training(7, 24, 2, 2), clock, MinSnrWeighting.DEFAULTS);
      Path whole = dir.resolve("whole-" + clock);
      local(2);
      job(spark, whole, settings).run();
      for (int kill : new int[] {0, 5, 13, 23}) {
        Path run = dir.resolve("killed-" + kill + "-" + clock);
        RandomImages.Fault fault = RandomImages.Fault.killAt(kill, 7);
        TrainJob killed = job(spark, run, settings, fault);
        assertThrows(IllegalStateException.class, killed::run);
        job(spark, run, settings).run();
        assertSame(whole, run);
        if (clock == LEARNING) {
          HexFormat hex = HexFormat.of();
          assertEquals(hex.formatHex(state(whole)), hex.formatHex(state(run)));
        }
      }
    }
  }

  /** Workers know an example's place in the whole batch, not in their share. */
  @Test
  void gradientsOfASpreadBatchDoNotDependOnTheNumberOfWorkers() {
    local(2);
    List<String> one = null;
    for (int workers : new int[] {1, 4}) {
      Path run = dir.resolve("workers-" + workers);
      RunSettings settings = settings(training(8, 4, workers, 1, AveragingMode.GRADIENTS), SPREAD);
      job(spark, run, settings).run();
      List<String> seen =
          metrics(run).stream().map(m -> m.replaceAll("(\\.\\d{4})\\d+", "$1")).toList();
      one = one == null ? seen : one;
      assertEquals(one, seen);
    }
  }

  @Test
  void onlyAClockWithAStateIsKeptAndIsNotMistakenForAnother() {
    TrainingConfig training = training(7, 4, 2, 2);
    TrainingConfig more = training.withSteps(8);
    local(2);
    Path uniform = dir.resolve("uniform");
    job(spark, uniform, settings(training, training.clock())).run();
    assertFalse(last(uniform).manifest().file("clock.bin").isPresent());
    assertFalse(last(uniform).manifest().config().keySet().stream().anyMatch(ClockTest::isNew));
    Path learning = dir.resolve("learning");
    job(spark, learning, settings(training, LEARNING)).run();
    assertTrue(last(learning).manifest().file("clock.bin").isPresent());
    TrainJob other = job(spark, learning, settings(more, training.clock()));
    String message = assertThrows(UserException.class, other::run).getMessage();
    assertTrue(
        message.endsWith(
            "cannot be resumed with another configuration: training.clock.type was second-moment,"
                + " is now uniform"),
        message);
    assertThrows(UserException.class, () -> job(spark, uniform, settings(more, LEARNING)).run());
    TrainJob weighted = job(spark, uniform, settings(more, more.clock(), MinSnrWeighting.DEFAULTS));
    assertThrows(UserException.class, weighted::run);
  }

  private static boolean isNew(String key) {
    return key.startsWith("training.clock") || key.startsWith("training.weighting");
  }

  @Test
  void stockAveragingReportsNoLossesAndWeighsNone() {
    TrainFixture.assumeDl4jSpark();
    local(2);
    TrainingConfig training = training(4, 4, 2, 2, AveragingMode.STOCK);
    TrainJob job = job(spark, dir.resolve("stock"), settings(training, LEARNING));
    String message = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(message.startsWith("training.averaging=stock does not report the losses"), message);
    TrainJob weighted =
        job(
            spark,
            dir.resolve("weighted"),
            settings(training, training.clock(), MinSnrWeighting.DEFAULTS));
    assertEquals(
        "training.averaging=stock needs training.weighting=constant, it is min-snr",
        assertThrows(UserException.class, weighted::run).getMessage());
  }
}
