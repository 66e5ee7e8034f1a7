package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.round.Carriers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounds with and without a library that trains on Spark. */
class CarrierTest {
  @TempDir private static Path dir;
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

  private static TrainingConfig averaging(AveragingMode mode) {
    return training(7, 6, 2, mode == AveragingMode.GRADIENTS ? 1 : 2, mode);
  }

  @Test
  void theLibraryIsFoundAndChangesNoBit() {
    TrainFixture.assumeDl4jSpark();
    assertTrue(Carriers.find().isPresent());
    for (AveragingMode mode :
        new AveragingMode[] {AveragingMode.PARAMETERS, AveragingMode.GRADIENTS}) {
      for (boolean cluster : new boolean[] {false, true}) {
        Path carried = dir.resolve("carried-" + mode + cluster);
        Path direct = dir.resolve("direct-" + mode + cluster);
        TrainJob with = job(spark, carried, settings(averaging(mode)));
        TrainJob without = job(spark, direct, settings(averaging(mode))).withoutLibrary();
        (cluster ? with.asOnCluster() : with).run();
        (cluster ? without.asOnCluster() : without).run();
        assertEquals(last(carried).weightsSha256(), last(direct).weightsSha256());
        assertEquals(metrics(carried), metrics(direct));
      }
    }
  }

  @Test
  void stockAveragingNeedsTheLibrary() {
    Path run = dir.resolve("stock");
    TrainJob job = job(spark, run, settings(averaging(AveragingMode.STOCK))).withoutLibrary();
    UserException e = assertThrows(UserException.class, job::run);
    assertEquals(
        "training.averaging=stock is dl4j-spark's own averaging, but this program was built without"
            + " the module spark-dl4j: choose parameters or gradients, or, on Spark 3.5, add the"
            + " module's jar to the class path",
        e.getMessage());
    assertFalse(Files.exists(run));
  }

  private static RunSettings with(UNetConfig network, OptimizerConfig optimizer) {
    RunSettings s = RunSettings.DEFAULTS;
    return new RunSettings(
        s.schedule(), s.diffusion(), network, optimizer, s.training(), s.data(), s.seed());
  }

  @Test
  void stockAveragingTrainsAtAConstantRateOnly() {
    OptimizerConfig falling =
        new OptimizerConfig(LearningRate.Cosine.DEFAULTS, 0.9, 0.999, 1e-8, 1.0);
    UserException e =
        assertThrows(
            UserException.class,
            () -> StartChecks.requireStock(with(UNetConfig.DEFAULTS, falling)));
    assertEquals(
        "training.averaging=stock needs optimizer.schedule=constant, it is cosine", e.getMessage());
  }

  @Test
  void stockAveragingTrainsThePapersNetworkOnly() {
    OptimizerConfig optimizer = OptimizerConfig.DEFAULTS;
    StartChecks.requireStock(RunSettings.DEFAULTS);
    for (UNetConfig other :
        List.of(
            new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0, 16, 0, 0, 0, 0),
            new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0, 32, 2, 0, 0, 0))) {
      UserException e =
          assertThrows(UserException.class, () -> StartChecks.requireStock(with(other, optimizer)));
      assertEquals(
          "training.averaging=stock trains networks of model.groups = 32, without model.classes and"
              + " with model.head-channels = 0, got "
              + other.groups()
              + ", "
              + other.classes()
              + " and 0; set these, or choose parameters or gradients",
          e.getMessage());
    }
  }
}
