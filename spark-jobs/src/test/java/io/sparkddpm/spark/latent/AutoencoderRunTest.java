package io.sparkddpm.spark.latent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.ReconstructionObjective;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An autoencoder, its random latents included, trains as every other network does. */
class AutoencoderRunTest {
  @TempDir static Path base;
  private static SparkSession spark;
  private static URI dataset;

  @BeforeAll
  static void start() throws IOException {
    spark = TinyRun.spark("local[3]");
    dataset = TinyRun.dataset(spark, base, 7, TinyAutoencoder.SIZE);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static TrainJob job(String run, long steps) {
    RunSettings settings =
        TinyAutoencoder.settings(
            TinyAutoencoder.network(0), ReconstructionObjective.DEFAULTS, true, steps, 2);
    return TinyAutoencoder.job(spark, base.resolve(run), dataset, settings);
  }

  @Test
  void resumedAndSpreadRunsEndWithTheSameWeights() {
    TrainJob.Result whole = job("whole", 12).run();
    assertEquals(5, job("halves", 5).run().step());
    TrainJob.Result resumed = job("halves", 12).run();
    assertEquals(5, resumed.resumedFrom());
    assertEquals(whole.weightsSha256(), resumed.weightsSha256());
    TrainJob.Result spread = TrainFixture.asOnCluster(job("spread", 12)).run();
    assertEquals(whole.weightsSha256(), spread.weightsSha256());
  }

  @Test
  void theLossFalls() {
    job("long", 120).run();
    List<TrainingMetrics> metrics =
        MetricsLog.read(new Configuration(), base.resolve("long").toUri());
    double first = metrics.get(0).loss();
    double last = metrics.get(metrics.size() - 1).loss();
    assertTrue(last < first / 2, first + " to " + last);
  }

  @Test
  void networkAndObjectiveBelongTogether() {
    assertRefused(
        "model.type=autoencoder predicts no noise",
        TinyAutoencoder.network(0),
        ObjectiveConfig.DEFAULTS);
    assertRefused(
        "trains an autoencoder",
        new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0),
        ReconstructionObjective.DEFAULTS);
  }

  private static void assertRefused(
      String message, NetworkConfig network, ObjectiveConfig objective) {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> TinyAutoencoder.settings(network, objective, true, 4, 1));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
