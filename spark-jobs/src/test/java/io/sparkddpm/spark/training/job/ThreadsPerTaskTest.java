package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.DATASET;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real U-Net, with every kind of node, on tasks of one to four threads. */
class ThreadsPerTaskTest {
  private static final int SIZE = 4;
  private static final UNetConfig NETWORK =
      new UNetConfig(SIZE, 1, 1, 32, List.of(1, 2), 1, List.of(2), 0.1);

  @TempDir Path dir;

  @AfterEach
  void freeEngines() {
    ExecutorState.free();
  }

  private static RunSettings settings(long steps) {
    return new RunSettings(
        ScheduleConfig.DEFAULTS,
        DiffusionConfig.DEFAULTS,
        NETWORK,
        new OptimizerConfig(new LearningRate.Constant(1e-3, 0), 0.9, 0.999, 1e-8, 1.0),
        new TrainingConfig(
            9,
            steps,
            2,
            TrainFixture.averaging(AveragingMode.PARAMETERS, 2),
            new EmaConfig.Constant(List.of(0.9)),
            true,
            2,
            9,
            0,
            4,
            1,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS),
        DataConfig.DEFAULTS,
        3);
  }

  private static TrainJob job(SparkSession spark, Path run, long steps) {
    return TrainJob.on(spark)
        .directory(uri(run))
        .settings(settings(steps))
        .source(new RandomImages(TrainFixture.IMAGES, SIZE), DATASET);
  }

  private static Checkpoint at(Path run, long step) {
    return Checkpoints.list(CONF, uri(run)).stream()
        .filter(c -> c.step() == step)
        .findFirst()
        .orElseThrow();
  }

  private static double norm(float[] vector) {
    double sum = 0;
    for (float v : vector) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  @Test
  void aNumberOfThreadsFixesTheBitsAndAnotherChangesOnlyTheOrderOfSums() throws IOException {
    Path single = dir.resolve("1-calm");
    for (int threads = 1; threads <= 4; threads++) {
      Path calm = dir.resolve(threads + "-calm");
      Path resumed = dir.resolve(threads + "-resumed");
      try (SparkSession spark = TrainFixture.spark(2, threads)) {
        job(spark, calm, 4).run();
        job(spark, resumed, 2).run();
        ExecutorState.free();
        assertEquals(2, job(spark, resumed, 4).asOnCluster().run().resumedFrom());
      }
      assertEquals(last(calm).manifest().fingerprint(), last(resumed).manifest().fingerprint());
      assertEquals(metrics(calm), metrics(resumed));
      // A sum over few images in another order differs by a few roundings of its largest parts.
      float[] moments = moments(single);
      float tolerance = (float) (1e-5 * norm(moments));
      assertArrayEquals(moments, moments(calm), tolerance, threads + " threads");
      assertEquals(loss(single), loss(calm), 1e-5 * loss(single), threads + " threads");
    }
  }

  /** After the first round, before Adam's division by tiny moments makes more of roundings. */
  private static float[] moments(Path run) {
    Checkpoint first = at(run, 2);
    return first.tensors(Checkpoint.FIRST_MOMENT_FILE, first.layout());
  }

  private static double loss(Path run) {
    return MetricsLog.read(CONF, uri(run)).get(3).loss();
  }
}
