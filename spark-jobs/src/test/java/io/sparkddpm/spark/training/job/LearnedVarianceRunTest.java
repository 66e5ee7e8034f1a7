package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.averaging;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.BoundObjective;
import io.sparkddpm.objective.HybridObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.SimpleObjective;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.training.RunSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose network learns its variance: trained, resumed and sampled from. */
class LearnedVarianceRunTest {
  @TempDir Path dir;
  private SparkSession spark;

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
    ExecutorState.free();
  }

  private static RunSettings settings(
      VarianceType variance, ObjectiveConfig objective, long steps) {
    RunSettings s = TrainFixture.settings(training(7, steps, 3, 4));
    return new RunSettings(
        s.schedule(),
        new DiffusionConfig(PredictionType.EPSILON, variance, true),
        s.model(),
        s.optimizer(),
        training(7, steps, 3, averaging(AveragingMode.PARAMETERS, 4), objective),
        s.data(),
        s.seed());
  }

  private SampleJob samples(Path run, String output) {
    return SampleJob.on(spark)
        .engine(new TinyModel.Factory())
        .from(uri(run))
        .to(uri(dir.resolve(output)))
        .config(new SampleConfig(AncestralSolver.DEFAULTS, 10, Spacing.UNIFORM, 5, 4, "raw"))
        .count(10);
  }

  @Test
  void anyPartitioningGivesTheSameRunAndTheSameSamples() {
    for (ObjectiveConfig objective : List.of(HybridObjective.DEFAULTS, new BoundObjective())) {
      List<String> runs = new ArrayList<>();
      List<List<String>> lines = new ArrayList<>();
      List<String> images = new ArrayList<>();
      for (int threads : new int[] {1, 4}) {
        stop();
        spark = TrainFixture.spark("local[" + threads + "]");
        String name = objective.getClass().getSimpleName() + threads;
        Path run = dir.resolve(name);
        TrainJob job = job(spark, run, settings(VarianceType.LEARNED_RANGE, objective, 8));
        (threads == 1 ? job : job.asOnCluster()).run();
        runs.add(last(run).manifest().fingerprint());
        lines.add(metrics(run));
        images.add(samples(run, name + "-samples").partitions(threads).run().fingerprint());
      }
      assertEquals(runs.get(0), runs.get(1));
      assertEquals(lines.get(0), lines.get(1));
      assertEquals(images.get(0), images.get(1));
    }
  }

  @Test
  void aFixedVarianceMayDrawButNotResume() {
    spark = TrainFixture.spark("local[2]");
    Path run = dir.resolve("run");
    job(spark, run, settings(VarianceType.LEARNED_RANGE, HybridObjective.DEFAULTS, 4)).run();
    assertEquals(2, last(run).settings().model().outputShape().dim(0));
    String own = samples(run, "own").run().fingerprint();
    DiffusionConfig beta = new DiffusionConfig(PredictionType.EPSILON, VarianceType.BETA, true);
    String fixed = samples(run, "fixed").overrides(SampleOverrides.of(beta)).run().fingerprint();
    assertNotEquals(own, fixed);
    job(spark, run, settings(VarianceType.LEARNED_RANGE, HybridObjective.DEFAULTS, 8)).run();
    assertEquals(8, last(run).step());
    TrainJob other = job(spark, run, settings(VarianceType.BETA, new BoundObjective(), 12));
    String message = assertThrows(UserException.class, other::run).getMessage();
    assertTrue(message.contains("model.output-channels was 2, is now 1"), message);
    assertTrue(message.contains("training.objective.type was hybrid, is now bound"), message);
    assertTrue(message.contains("diffusion.variance was learned-range, is now beta"), message);
  }

  @Test
  void aNetworkWithoutAVarianceHasNone() {
    spark = TrainFixture.spark("local[2]");
    Path run = dir.resolve("plain");
    job(spark, run, settings(VarianceType.BETA, new SimpleObjective(), 4)).run();
    DiffusionConfig learned =
        new DiffusionConfig(PredictionType.EPSILON, VarianceType.LEARNED_RANGE, true);
    SampleJob job = samples(run, "none").overrides(SampleOverrides.of(learned));
    String message = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(
        message.contains(
            "diffusion.variance is learned-range, but the network was trained without a variance;"
                + " choose beta or beta-tilde"),
        message);
  }

  @Test
  void theVarianceIsFreeOnlyWhereTheLossDoesNotDependOnIt() {
    RunSettings simple = settings(VarianceType.BETA, new SimpleObjective(), 4);
    RunSettings bound = settings(VarianceType.BETA, new BoundObjective(), 4);
    assertEquals(
        List.of(),
        settings(VarianceType.BETA_TILDE, new SimpleObjective(), 4).conflictsWith(simple));
    assertEquals(
        List.of("diffusion.variance was beta, is now beta-tilde"),
        settings(VarianceType.BETA_TILDE, new BoundObjective(), 4).conflictsWith(bound));
  }

  @Test
  void artefactsNameAnObjectiveOnlyIfItIsNotTheSimpleOne() {
    RunSettings simple = settings(VarianceType.BETA, new SimpleObjective(), 4);
    assertTrue(simple.toMap().keySet().stream().noneMatch(k -> k.contains("objective")));
    RunSettings hybrid = settings(VarianceType.LEARNED_RANGE, new HybridObjective(0.01), 4);
    assertEquals("hybrid", hybrid.toMap().get("training.objective.type"));
    assertEquals("2", hybrid.toMap().get("model.output-channels"));
    assertEquals(simple, RunSettings.fromMap("simple", simple.toMap()));
    assertEquals(hybrid, RunSettings.fromMap("hybrid", hybrid.toMap()));
    assertFalse(hybrid.equals(simple));
  }

  @Test
  void stockAveragingKnowsTheSimpleObjectiveAlone() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> training(4, 4, 1, averaging(AveragingMode.STOCK, 1), new BoundObjective()));
    assertEquals("averaging stock trains with objective simple alone", e.getMessage());
  }
}
