package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.tensor.Batch;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The true network under the sampling tasks: same bytes however tasks share the cores. */
class NetworkSampleTest {
  @Test
  void anyPartitioningGivesTheSameImages() {
    UNetConfig network = new UNetConfig(8, 3, 3, 32, List.of(1, 1), 1, List.of(4), 0.1);
    SampleConfig config = new SampleConfig(new AncestralSolver(1), 6, Spacing.UNIFORM, 3, 2, "raw");
    SamplePlan plan =
        new SamplePlan(
            "test", network, ScheduleConfig.DEFAULTS, DiffusionConfig.DEFAULTS, config, 9, "dl4j");
    Nd4jEngine engine = new Nd4jEngine();
    ShardSampler drawing =
        new ShardSampler(
            plan,
            engine,
            OptimizerConfig.DEFAULTS,
            1,
            engine.initialParameters(network, 1),
            null,
            null,
            null);
    SparkSession spark = TinyRun.spark("local[3]");
    try {
      URI nowhere = URI.create("file:/nowhere");
      List<byte[]> one = new ShardRunner(spark, nowhere, 1).draw(drawing);
      List<byte[]> three = new ShardRunner(spark, nowhere, 3).draw(drawing);
      assertEquals(9, one.size());
      for (int i = 0; i < 9; i++) {
        assertArrayEquals(one.get(i), three.get(i), "image " + i);
      }
      checkThatTheyAreWhatTheSolverGives(plan, engine, one);
    } finally {
      spark.stop();
    }
  }

  /** Without a codec, pixels are the network's items. */
  private static void checkThatTheyAreWhatTheSolverGives(
      SamplePlan plan, Nd4jEngine engine, List<byte[]> images) {
    try (TrainableNetwork model = engine.create(plan.network(), OptimizerConfig.DEFAULTS, 1)) {
      model.loadParameters(engine.initialParameters(plan.network(), 1));
      for (int first = 0; first < images.size(); first += 2) {
        Batch drawn =
            plan.batches()
                .draw(
                    plan.denoiser(model, Optional.empty()),
                    first / 2,
                    plan.condition(first, 2),
                    StepListener.NONE);
        assertArrayEquals(ImageCodec.encodePng(Pixels.toImage(drawn, 0)), images.get(first));
      }
    }
  }
}
