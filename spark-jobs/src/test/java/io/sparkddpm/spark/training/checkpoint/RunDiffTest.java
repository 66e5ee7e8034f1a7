package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.job.RandomImages;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.round.BatchSource;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDiffTest {
  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void train() {
    spark = TrainFixture.spark("local[2]");
    job(spark, dir.resolve("base"), settings(training(7, 12, 2, 2))).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static List<RunDiff.Difference> withBase(String run) {
    return RunDiff.compare(CONF, uri(dir.resolve("base")), uri(dir.resolve(run))).differences();
  }

  @Test
  void aLongerRunAgrees() {
    job(spark, dir.resolve("longer"), settings(training(7, 24, 2, 2))).run();
    var result = RunDiff.compare(CONF, uri(dir.resolve("base")), uri(dir.resolve("longer")));
    assertEquals(List.of(), result.differences());
    assertEquals(3, result.metrics());
  }

  @Test
  void theCauseComesFirst() {
    OptimizerConfig faster =
        new OptimizerConfig(new LearningRate.Constant(2e-2, 5), 0.9, 0.999, 1e-8, 1.0);
    job(spark, dir.resolve("faster"), settings(training(7, 12, 2, 2), faster)).run();
    List<RunDiff.Difference> found = withBase("faster");
    assertEquals(
        "step 0: configuration: optimizer.schedule.learning-rate 0.01 | 0.02", "" + found.get(0));
    assertTrue(found.get(1).toString().startsWith("step 4: loss: loss "), "" + found);
    assertTrue(found.get(2).toString().startsWith("step 6: weights: "), "" + found);
    assertEquals(3, found.size());
  }

  @Test
  void oneChangedExampleShowsInLossAndWeights() {
    BatchSource changed =
        (position, count) -> {
          var examples =
              new RandomImages(TrainFixture.IMAGES, TrainFixture.SIZE).read(position, count);
          if (position / 7 == 9) {
            examples.batch().data()[0] += 0.5f;
          }
          return examples;
        };
    job(spark, dir.resolve("changed"), settings(training(7, 12, 2, 2)))
        .source(changed, TrainFixture.DATASET)
        .run();
    List<RunDiff.Difference> found = withBase("changed");
    assertTrue(found.get(0).toString().startsWith("step 12: loss: loss "), "" + found);
    assertTrue(
        found
            .get(1)
            .toString()
            .startsWith("step 12: weights: adam-m.safetensors, adam-v.safetensors, ema-0.9"),
        "" + found);
    assertTrue(found.get(1).toString().endsWith("(equal at step 6)"), "" + found);
  }

  @Test
  void anotherDatasetIsAnotherOrder() {
    job(spark, dir.resolve("other"), settings(training(7, 0, 2, 2)))
        .source(new RandomImages(9, TrainFixture.SIZE), new InputRef("memory:x", "e".repeat(64)))
        .run();
    assertEquals(
        List.of(RunDiff.Aspect.DATASET, RunDiff.Aspect.DATA_ORDER),
        withBase("other").stream().map(RunDiff.Difference::aspect).toList());
    var e = assertThrows(UserException.class, () -> withBase("none"));
    assertTrue(e.getMessage().contains("none has no checkpoint"), e.getMessage());
  }
}
