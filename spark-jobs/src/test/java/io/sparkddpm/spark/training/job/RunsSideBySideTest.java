package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs in one Spark application, round by round at the same time. */
class RunsSideBySideTest {
  private static final int BATCH = 7;
  private static final AtomicReference<Phaser> STEP = new AtomicReference<>();

  /** A run is not ahead of the other: their first workers meet in every step. */
  private static final RandomImages.Fault TOGETHER =
      (position, attempt) -> {
        if (position % BATCH == 0) {
          STEP.get().arriveAndAwaitAdvance();
        }
      };

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[4]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static void together(List<TrainJob> jobs) throws Exception {
    Phaser step = new Phaser(jobs.size());
    STEP.set(step);
    List<FutureTask<TrainJob.Result>> runs = new ArrayList<>();
    for (TrainJob job : jobs) {
      runs.add(
          new FutureTask<>(
              () -> {
                try {
                  return job.run();
                } finally {
                  step.arriveAndDeregister(); // the other continues alone
                }
              }));
      new Thread(runs.get(runs.size() - 1), "driver").start();
    }
    for (FutureTask<TrainJob.Result> run : runs) {
      run.get();
    }
  }

  private static void assertTheSame(String alone, String beside) {
    assertEquals(
        last(dir.resolve(alone)).manifest().fingerprint(),
        last(dir.resolve(beside)).manifest().fingerprint(),
        beside);
    assertEquals(metrics(dir.resolve(alone)), metrics(dir.resolve(beside)), beside);
  }

  private static RunSettings seeded(RunSettings s, long seed) {
    return new RunSettings(
        s.schedule(), s.diffusion(), s.model(), s.optimizer(), s.training(), s.data(), seed);
  }

  @Test
  void eachGivesTheBitsThatItGivesAlone() throws Exception {
    RunSettings one = settings(training(BATCH, 12, 2, 1));
    RunSettings two = seeded(one, 18);
    job(spark, dir.resolve("one"), one).asOnCluster().run();
    job(spark, dir.resolve("two"), two).asOnCluster().run();
    assertNotEquals(
        last(dir.resolve("one")).weights("raw")[0], last(dir.resolve("two")).weights("raw")[0]);
    together(
        List.of(
            job(spark, dir.resolve("one-beside"), one, TOGETHER).asOnCluster(),
            job(spark, dir.resolve("two-beside"), two, TOGETHER).asOnCluster()));
    assertTheSame("one", "one-beside");
    assertTheSame("two", "two-beside");
  }

  /** Of other shapes and ways: their engines, buffers and blocks are not the other's. */
  @Test
  void runsOfOtherKindsToo() throws Exception {
    RunSettings three = settings(training(BATCH, 12, 3, 2));
    RunSettings gradients = settings(training(BATCH, 12, 2, 1, AveragingMode.GRADIENTS));
    job(spark, dir.resolve("three"), three).asOnCluster().run();
    job(spark, dir.resolve("gradients"), gradients).run();
    together(
        List.of(
            job(spark, dir.resolve("three-beside"), three, TOGETHER).asOnCluster(),
            job(spark, dir.resolve("gradients-beside"), gradients, TOGETHER)));
    assertTheSame("three", "three-beside");
    assertTheSame("gradients", "gradients-beside");
  }
}
