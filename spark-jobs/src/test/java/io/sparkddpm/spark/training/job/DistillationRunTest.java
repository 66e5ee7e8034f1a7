package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.averaging;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import io.sparkddpm.objective.DistillationObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.training.RunSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that learn from a teacher. */
class DistillationRunTest {
  private static final int STUDENT = 5;

  @TempDir Path dir;
  private SparkSession spark;

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
    ExecutorState.free();
  }

  private static RunSettings settings(ObjectiveConfig objective, AveragingMode mode, long steps) {
    RunSettings s = TrainFixture.settings(training(7, steps, 3, 4));
    int every = mode == AveragingMode.GRADIENTS ? 1 : 4;
    return new RunSettings(
        s.schedule(),
        new DiffusionConfig(PredictionType.V, VarianceType.BETA, true),
        s.model(),
        s.optimizer(),
        training(7, steps, 3, averaging(mode, every), objective),
        s.data(),
        s.seed());
  }

  private static RunSettings student(AveragingMode mode, long steps) {
    return settings(new DistillationObjective(STUDENT, 1), mode, steps);
  }

  private static RunSettings student(long steps) {
    return student(AveragingMode.PARAMETERS, steps);
  }

  private float[] teacher() {
    Path run = dir.resolve("teacher");
    if (!Files.exists(run)) {
      job(spark, run, settings(ObjectiveConfig.DEFAULTS, AveragingMode.PARAMETERS, 8)).run();
    }
    return last(run).weights("ema-0.9");
  }

  private SampleJob samples(Path run, SampleConfig config, String output) {
    return SampleJob.on(spark)
        .engine(TrainFixture.engine())
        .from(uri(run))
        .to(uri(dir.resolve(output)))
        .config(config)
        .count(6);
  }

  @Test
  void anyPartitioningGivesTheSameRun() {
    for (AveragingMode mode : List.of(AveragingMode.PARAMETERS, AveragingMode.GRADIENTS)) {
      Set<String> runs = new HashSet<>();
      Set<List<String>> lines = new HashSet<>();
      for (int threads : new int[] {1, 2, 4}) {
        stop();
        spark = TrainFixture.spark("local[" + threads + "]");
        Path run = dir.resolve(mode + "-" + threads);
        TrainJob job = job(spark, run, student(mode, 8)).teacher(teacher());
        (threads == 1 ? job : job.asOnCluster()).run();
        runs.add(last(run).manifest().fingerprint());
        lines.add(metrics(run));
      }
      assertEquals(1, runs.size());
      assertEquals(1, lines.size());
    }
  }

  @Test
  void aKilledStageResumesToTheSameBits() {
    spark = TrainFixture.spark("local[2]");
    float[] teacher = teacher();
    float[] before = teacher.clone();
    Path whole = dir.resolve("whole");
    job(spark, whole, student(24)).teacher(teacher).run();
    assertArrayEquals(before, teacher);

    Path run = dir.resolve("killed");
    RandomImages.Fault fault = RandomImages.Fault.killAt(14, 7);
    TrainJob dying = job(spark, run, student(24), fault).teacher(teacher);
    assertThrows(IllegalStateException.class, dying::run);
    TrainJob.Result resumed = job(spark, run, student(24)).teacher(teacher).run();
    assertEquals(12, resumed.resumedFrom());
    assertEquals(last(whole).manifest().fingerprint(), last(run).manifest().fingerprint());
    assertEquals(metrics(whole), metrics(run));
  }

  /** The student of no steps is its teacher; it moves once it learns. */
  @Test
  void aStudentBeginsWithItsTeachersWeights() {
    spark = TrainFixture.spark("local[2]");
    float[] teacher = teacher();
    Path run = dir.resolve("run");
    job(spark, run, student(0)).teacher(teacher).run();
    assertArrayEquals(teacher, last(run).weights("raw"));
    assertArrayEquals(teacher, last(run).weights("ema-0.99"));
    job(spark, run, student(4)).teacher(teacher).run();
    assertFalse(Arrays.equals(teacher, last(run).weights("raw")));
  }

  @Test
  void anotherTeacherOrNoneIsRefused() {
    spark = TrainFixture.spark("local[2]");
    Path run = dir.resolve("run");
    TrainJob none = job(spark, run, student(4));
    String message = assertThrows(UserException.class, none::run).getMessage();
    assertTrue(message.contains("'distil' begins and resumes such runs"), message);
    assertFalse(Files.exists(run));
    float[] teacher = teacher();
    job(spark, run, student(4)).teacher(teacher).run();
    teacher[3] += 1;
    TrainJob other = job(spark, run, student(8)).teacher(teacher);
    message = assertThrows(UserException.class, other::run).getMessage();
    assertTrue(message.contains("began with the weights of another teacher"), message);
    assertEquals(4, last(run).step());
  }

  /** Its levels by DDIM, unless something else is set. */
  @Test
  void samplesOfAStudentAreDrawnAlongItsSteps() {
    spark = TrainFixture.spark("local[2]");
    Path run = dir.resolve("run");
    job(spark, run, student(4)).teacher(teacher()).run();
    SampleConfig paper =
        new SampleConfig(AncestralSolver.DEFAULTS, 0, Spacing.UNIFORM, 5, 4, "raw");
    SampleConfig own = new SampleConfig(new DdimSolver(0), STUDENT, Spacing.TRAILING, 5, 4, "raw");
    DiffusionConfig diffusion = last(run).diffusion();
    List<String> drawn = new ArrayList<>();
    drawn.add(samples(run, own, "own").run().fingerprint());
    drawn.add(
        samples(run, paper, "default")
            .overrides(SampleOverrides.of(Map.of("sample.seed", "5"), diffusion))
            .run()
            .fingerprint());
    assertEquals(drawn.get(0), drawn.get(1));
    SampleConfig more = own.along(new DdimSolver(0), 10, Spacing.TRAILING);
    String set =
        samples(run, paper.along(paper.solver(), 10, paper.spacing()), "set")
            .overrides(SampleOverrides.of(Map.of("sample.steps", "10"), diffusion))
            .run()
            .fingerprint();
    assertEquals(samples(run, more, "more").run().fingerprint(), set);
    assertNotEquals(drawn.get(0), set);
  }
}
