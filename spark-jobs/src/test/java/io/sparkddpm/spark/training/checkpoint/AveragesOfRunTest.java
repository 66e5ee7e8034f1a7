package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AveragesOfRunTest {
  private static final int STEPS = 40;

  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path run;

  @BeforeAll
  static void train() {
    spark = TrainFixture.spark("local[2]");
    run = dir.resolve("run");
    job(spark, run, keeping(0.05, 0.1)).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  /** Settings whose run takes the same steps, whatever averages it keeps. */
  private static RunSettings keeping(Double... widths) {
    TrainingConfig t = training(7, STEPS, 2, 1);
    return settings(
        new TrainingConfig(
            t.batchSize(),
            t.steps(),
            t.workers(),
            t.averaging(),
            widths(widths),
            t.flip(),
            4,
            STEPS,
            t.sampleEvery(),
            t.sampleCount(),
            t.metricsEvery(),
            t.weighting(),
            t.clock(),
            t.objective()));
  }

  @Test
  void anotherWidthIsNearToItsAverage() {
    Path tracked = dir.resolve("tracked");
    job(spark, tracked, keeping(0.07)).run();
    Checkpoint made =
        new AveragesOfRun(CONF, uri(run))
            .write(
                OptionalLong.empty(), widths(0.07, 0.15), uri(dir.resolve("made")), Progress.NONE);
    assertEquals(List.of("raw", "power-0.07", "power-0.15"), made.weightNames());
    assertEquals(STEPS, made.step());
    Checkpoint last = last(tracked);
    assertArrayEquals(last.weights("raw"), made.weights("raw"));
    double apart = distance(last(run).weights("power-0.05"), last(run).weights("power-0.1"));
    double error = distance(last.weights("power-0.07"), made.weights("power-0.07"));
    assertTrue(error < apart / 20, error + " against " + apart);
    assertEquals(List.of(), Artifact.open(CONF, made.uri()).verify());
    assertEquals(STEPS, made.state(made.layout()).step());
  }

  @Test
  void anEarlierStepMayBeChosen() {
    AveragesOfRun averages = new AveragesOfRun(CONF, uri(run));
    Checkpoint made =
        averages.write(
            OptionalLong.of(20), widths(0.1), uri(dir.resolve("earlier")), Progress.NONE);
    assertEquals(20, made.step());
    Checkpoint then = Checkpoint.read(CONF, Checkpoints.directories(CONF, uri(run)).get(20L));
    assertArrayEquals(then.weights("power-0.1"), made.weights("power-0.1"), 1e-6f);
    assertArrayEquals(then.weights("raw"), made.weights("raw"));
    var e =
        assertThrows(
            UserException.class,
            () ->
                averages.write(
                    OptionalLong.of(21), widths(0.1), uri(dir.resolve("none")), Progress.NONE));
    assertTrue(e.getMessage().startsWith("there is no checkpoint of step 21, there are those of"));
  }

  /** What a killed command left does not stay, and what somebody else put there does. */
  @Test
  void beginsAnewOverWhatAKilledOneLeft() throws IOException {
    Path output = Files.createDirectory(dir.resolve("killed"));
    Files.writeString(output.resolve("power-0.2.safetensors"), "half");
    AveragesOfRun averages = new AveragesOfRun(CONF, uri(run));
    averages.write(OptionalLong.empty(), widths(0.1), uri(output), Progress.NONE);
    assertTrue(Files.notExists(output.resolve("power-0.2.safetensors")));

    Path foreign = Files.createDirectory(dir.resolve("foreign"));
    Files.writeString(foreign.resolve("thesis.tex"), "mine");
    assertThrows(
        UserException.class,
        () -> averages.write(OptionalLong.empty(), widths(0.1), uri(foreign), Progress.NONE));
    assertEquals("mine", Files.readString(foreign.resolve("thesis.tex")));
  }

  @Test
  void refusesRunsOfOtherAverages() {
    Path other = dir.resolve("other");
    job(spark, other, settings(training(7, 2, 2, 2))).run();
    var e = assertThrows(UserException.class, () -> new AveragesOfRun(CONF, uri(other)));
    assertEquals(
        uri(other)
            + " keeps raw, ema-0.9, ema-0.99: other widths can be made only of averages by"
            + " training.ema=power",
        e.getMessage());
    e = assertThrows(UserException.class, () -> new AveragesOfRun(CONF, uri(dir.resolve("no"))));
    assertEquals(uri(dir.resolve("no")) + " has no checkpoint of a step after 0", e.getMessage());
  }

  private static EmaConfig.Power widths(Double... widths) {
    return new EmaConfig.Power(List.of(widths));
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }
}
