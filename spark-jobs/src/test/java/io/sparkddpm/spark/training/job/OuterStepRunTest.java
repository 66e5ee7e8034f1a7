package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outer optimisers, what becomes of moments, and averaging periods, in whole runs. */
class OuterStepRunTest {
  private static final int BATCH = 7;
  private static final int STEPS = 12;
  private static final boolean[] BOTH = {false, true};
  private static final String MOMENTUM = "outer-momentum.safetensors";

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

  private static RunSettings run(
      int workers, AveragingPeriod period, OuterOptimizer outer, Moments moments) {
    var averaging = new AveragingConfig.Parameters(period, outer, moments);
    return settings(training(BATCH, STEPS, workers, averaging));
  }

  private static RunSettings changes(
      int workers, AveragingPeriod period, OuterOptimizer outer, Moments moments) {
    var format = ExchangeFormat.BFLOAT16;
    var averaging = new AveragingConfig.Parameters(period, outer, moments, format);
    return settings(training(BATCH, STEPS, workers, averaging));
  }

  private static Map<String, RunSettings> runs() {
    AveragingPeriod two = new AveragingPeriod.Constant(2);
    AveragingPeriod late = new AveragingPeriod.PostLocal(6, 3);
    AveragingPeriod growing = new AveragingPeriod.Growing(1, 3, 4, 4);
    OuterOptimizer nesterov = OuterOptimizer.Nesterov.DEFAULTS;
    Map<String, RunSettings> runs = new LinkedHashMap<>();
    runs.put("nesterov", run(3, two, nesterov, Moments.AVERAGED));
    runs.put("post-local", run(3, late, OuterOptimizer.Momentum.DEFAULTS, Moments.RESET));
    runs.put("growing", run(3, growing, nesterov, Moments.RESET));
    AveragingPeriod soon = new AveragingPeriod.PostLocal(3, 3);
    runs.put("post-local-own", run(3, soon, nesterov, Moments.LOCAL));
    runs.put("changes-own", changes(3, soon, nesterov, Moments.LOCAL));
    return runs;
  }

  @Test
  void neitherThreadsNorTransportChangeABit() {
    Map<String, String> fingerprints = new LinkedHashMap<>();
    for (int threads : new int[] {1, 2, 4}) {
      local(threads);
      runs()
          .forEach(
              (name, settings) -> {
                for (boolean cluster : threads == 2 ? BOTH : new boolean[] {true}) {
                  Path run = dir.resolve(name + threads + cluster);
                  TrainJob job = job(spark, run, settings);
                  (cluster ? job.asOnCluster() : job).run();
                  String found = last(run).manifest().fingerprint();
                  assertEquals(
                      fingerprints.computeIfAbsent(name, n -> found), found, run.toString());
                }
              });
    }
  }

  @Test
  void aRunThatIsKilledAnywhereEndsAsIfItNeverWas() {
    local(2);
    runs()
        .forEach(
            (name, settings) -> {
              Path whole = dir.resolve(name);
              job(spark, whole, settings).run();
              for (int kill : new int[] {3, 7, 11}) {
                Path run = dir.resolve(name + "-killed-" + kill);
                RandomImages.Fault fault = RandomImages.Fault.killAt(kill, BATCH);
                assertThrows(
                    IllegalStateException.class,
                    () -> job(spark, run, settings, fault).asOnCluster().run());
                TrainJob.Result result = job(spark, run, settings).asOnCluster().run();
                assertTrue(kill < 6 || result.resumedFrom() > 0, "it had a checkpoint");
                assertEquals(
                    last(whole).manifest().fingerprint(), last(run).manifest().fingerprint());
                assertEquals(metrics(whole), metrics(run));
              }
            });
  }

  private Checkpoint after(int steps, OuterOptimizer outer, Moments moments) {
    AveragingPeriod period = new AveragingPeriod.Constant(steps);
    var averaging = new AveragingConfig.Parameters(period, outer, moments);
    Path run = dir.resolve("first-" + outer.hashCode() + moments);
    job(spark, run, settings(training(BATCH, steps, 2, averaging))).run();
    return last(run);
  }

  @Test
  void theFirstStepIsTheFormula() {
    local(2);
    RunSettings any = settings(training(BATCH, 4, 2, 4));
    float[] start = new TinyModel.Factory().initialParameters(any.model(), any.seed());
    Checkpoint mean = after(4, new OuterOptimizer.Mean(), Moments.AVERAGED);
    Checkpoint stepped = after(4, OuterOptimizer.Nesterov.DEFAULTS, Moments.AVERAGED);
    Checkpoint same = after(4, new OuterOptimizer.Nesterov(1, 0), Moments.AVERAGED);
    float[] plain = mean.weights("raw");
    float[] found = stepped.weights("raw");
    float[] momentum = stepped.tensors(MOMENTUM, stepped.layout());
    float[] expected = new float[start.length];
    for (int i = 0; i < start.length; i++) {
      double change = (double) start[i] - plain[i];
      assertEquals((float) change, momentum[i]);
      expected[i] = (float) (start[i] - 0.7 * (change + 0.9 * change));
    }
    assertArrayEquals(expected, found, 1e-7f);
    assertEquals(mean.weightsSha256(), same.weightsSha256());
    assertArrayEquals(
        mean.state(mean.layout()).firstMoment(), stepped.state(mean.layout()).firstMoment());
  }

  /** Adam's first step is as long as the learning rate, wherever the gradient is not tiny. */
  @Test
  void withMomentsResetEachStepIsAdamsFirst() {
    local(2);
    RunSettings settings =
        settings(
            training(
                BATCH,
                6,
                1,
                new AveragingConfig.Parameters(
                    AveragingPeriod.Constant.DEFAULTS, new OuterOptimizer.Mean(), Moments.RESET)));
    Path run = dir.resolve("six");
    job(spark, run, settings).run();
    Path shorter = dir.resolve("five");
    RunSettings five =
        new RunSettings(
            settings.schedule(),
            settings.diffusion(),
            settings.model(),
            settings.optimizer(),
            settings.training().withSteps(5),
            settings.data(),
            settings.seed());
    job(spark, shorter, five).run();
    float[] before = last(shorter).weights("raw");
    float[] after = last(run).weights("raw");
    double rate = settings.optimizer().schedule().at(5);
    int moved = 0;
    for (int i = 0; i < before.length; i++) {
      double length = Math.abs((double) after[i] - before[i]);
      assertTrue(length <= rate * (1 + 1e-4), () -> length + " of " + rate);
      moved += length > 0.999 * rate ? 1 : 0;
    }
    assertTrue(moved > before.length / 2, moved + " of " + before.length);
    float[] moments = last(run).state(last(run).layout()).firstMoment();
    assertArrayEquals(new float[moments.length], moments);
  }

  @Test
  void ofOneWorkerTheMomentsAreItsOwnInAnyCase() {
    local(2);
    AveragingPeriod two = new AveragingPeriod.Constant(2);
    OuterOptimizer nesterov = OuterOptimizer.Nesterov.DEFAULTS;
    Path averaged = dir.resolve("averaged");
    job(spark, averaged, run(1, two, nesterov, Moments.AVERAGED)).run();
    Path own = dir.resolve("own");
    job(spark, own, run(1, two, nesterov, Moments.LOCAL)).asOnCluster().run();
    assertEquals(last(averaged).weightsSha256(), last(own).weightsSha256());
    assertEquals(metrics(averaged), metrics(own));
    for (String moment : List.of("adam-m", "adam-v")) {
      assertEquals(
          last(averaged).manifest().file(moment + ".safetensors").orElseThrow().sha256(),
          last(own).manifest().file(moment + "-worker-0.safetensors").orElseThrow().sha256());
    }
  }

  @Test
  void postLocalBeginsAsGradientsDo() {
    local(2);
    var late = new AveragingConfig.Parameters(new AveragingPeriod.PostLocal(6, 3));
    Path gradients = dir.resolve("gradients");
    job(spark, gradients, settings(training(BATCH, 6, 2, new AveragingConfig.Gradients()))).run();
    Path run = dir.resolve("late");
    job(spark, run, settings(training(BATCH, 6, 2, late))).run();
    assertEquals(last(gradients).weightsSha256(), last(run).weightsSha256());
    assertEquals(metrics(gradients), metrics(run));
    job(spark, run, settings(training(BATCH, STEPS, 2, late))).run();
    Path local = dir.resolve("local");
    job(spark, local, settings(training(BATCH, STEPS, 2, 3))).run();
    float[] other = last(local).weights("raw");
    assertTrue(!Arrays.equals(other, last(run).weights("raw")), "another start");
  }
}
