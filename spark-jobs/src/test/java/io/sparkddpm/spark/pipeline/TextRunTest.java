package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.TokenSolver;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.data.TextSource;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.evaluation.bound.EvaluateJob;
import io.sparkddpm.spark.evaluation.items.MeasureJob;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.spark.training.job.TrainJob;
import io.sparkddpm.text.Grammar;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text in, a network of tokens, text out, and its numbers. */
class TextRunTest {
  private static final int LENGTH = 6;
  private static final int LINES = 40;

  private static final SampleConfig DRAWING =
      new SampleConfig(new TokenSolver(), 0, Spacing.UNIFORM, 5, 2, "raw");

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI dataset;
  private static URI run;

  @BeforeAll
  static void train() throws IOException {
    spark = TinyRun.spark("local[3]");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LINES; i++) {
      text.append("ab".repeat(1 + i % 3)).append('\n');
    }
    dataset = shard("lines", text.toString());
    run = job("run", settings(Map.of())).run().run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static URI shard(String name, String text) throws IOException {
    Path file = Files.writeString(base.resolve(name + ".txt"), text);
    ShardConfig config =
        new ShardConfig(
            new TextSource(LENGTH, TextSource.Cut.LINES), 32, ResizeFilter.AREA, 9, 0, true);
    return ShardJob.on(spark)
        .inputs(List.of(file.toUri()))
        .output(base.resolve(name).toUri())
        .config(config)
        .run()
        .dataset();
  }

  private static RunSettings settings(Map<String, String> others) {
    Map<String, String> keys =
        new TreeMap<>(
            Map.ofEntries(
                Map.entry("schedule.type", "mutual-information"),
                Map.entry("schedule.steps", "8"),
                Map.entry("diffusion.prediction", "x0"),
                Map.entry("diffusion.noise.type", "absorbing"),
                Map.entry("diffusion.noise.tokens", "3"),
                Map.entry("model.type", "transformer"),
                Map.entry("model.length", "6"),
                Map.entry("model.input-channels", "4"),
                Map.entry("model.output-channels", "4"),
                Map.entry("model.channels", "8"),
                Map.entry("model.blocks", "1"),
                Map.entry("model.head-channels", "4"),
                Map.entry("model.positions", "learned"),
                Map.entry("training.objective.type", "tokens"),
                Map.entry("training.batch-size", "4"),
                Map.entry("training.steps", "4"),
                Map.entry("training.workers", "2"),
                Map.entry("training.averaging.type", "gradients"),
                Map.entry("training.checkpoint-every", "2"),
                Map.entry("training.metrics-every", "1"),
                Map.entry("training.sample-every", "0"),
                Map.entry("training.flip", "true")));
    keys.putAll(others);
    return ConfigBinder.bind(RunSettings.DEFAULTS, ConfigLayer.values("test", keys));
  }

  private static TrainJob job(String name, RunSettings settings) {
    return TrainJob.on(spark)
        .directory(base.resolve(name).toUri())
        .dataset(dataset)
        .settings(settings);
  }

  private static SampleJob samples(String output) {
    return SampleJob.on(spark).from(run).to(base.resolve(output).toUri()).config(DRAWING).count(5);
  }

  @Test
  void aRunThatWasInterruptedEndsWithTheSameWeights() {
    TrainJob.Result whole = job("whole", settings(Map.of())).run();
    job("parts", settings(Map.of("training.steps", "2"))).run();
    TrainJob.Result parts = job("parts", settings(Map.of())).run();
    assertEquals(2, parts.resumedFrom());
    assertEquals(whole.weightsSha256(), parts.weightsSha256());
    assertTrue(Double.isFinite(whole.metrics().orElseThrow().loss()));
  }

  @Test
  void samplesAreTextAndDoNotDependOnPartitions() throws IOException {
    SampleJob.Result one = samples("one").partitions(1).run();
    SampleJob.Result three = samples("three").partitions(3).run();
    assertEquals(one.fingerprint(), three.fingerprint());
    List<String> lines = Files.readAllLines(Path.of(one.output()).resolve("samples.txt"));
    assertEquals(5, lines.size());
    lines.forEach(line -> assertTrue(line.replace("\\n", "\n").matches("[ab\n]{0,6}"), line));
    Samples stored = Samples.open(new Configuration(), one.output());
    int at = 0;
    for (var shard : stored.shards()) {
      for (Samples.Sample sample : stored.read(shard)) {
        assertEquals(6, sample.file().length);
        assertEquals(lines.get(at++), stored.medium().line(sample.file(), "sample"));
      }
    }
    assertTrue(Files.size(Path.of(one.output()).resolve("strip.png")) > 0);
  }

  @Test
  void theBoundIsMeasuredInBitsPerCharacter() {
    EvaluateConfig all = new EvaluateConfig(0, 0, 0, 4, 2);
    EvaluateJob.Result one = evaluate("bound-1", all).partitions(1).run();
    EvaluateJob.Result three = evaluate("bound-3", all).partitions(3).run();
    assertEquals(one.fingerprint(), three.fingerprint());
    double bits = one.evaluation().sets().get(0).bound().total().mean();
    // three lines, each as likely, are 0.264 bits a character; a network that knows nothing says
    // 1.58
    assertTrue(bits > Math.log(3) / Math.log(2) / LENGTH && bits < 3, "" + bits);
    assertEquals(0, one.evaluation().sets().get(0).bound().prior());
  }

  private static EvaluateJob evaluate(String output, EvaluateConfig config) {
    return EvaluateJob.on(spark)
        .from(run)
        .datasets(List.of(dataset))
        .weights("raw")
        .config(config)
        .to(base.resolve(output).toUri());
  }

  @Test
  void jobsOfImagesAreRefused() {
    URI drawn = samples("other").run().output();
    ImageJobs.assertRefused(spark, "texts", dataset, run, drawn, DRAWING, base);
  }

  @Test
  void samplesAreMeasured() throws IOException {
    Map<String, Double> numbers =
        MeasureJob.on(spark)
            .samples(samples("measured").run().output())
            .reference(dataset)
            .run()
            .numbers();
    assertEquals(
        List.of("pair-divergence-bits", "different", "in-reference"),
        List.copyOf(numbers.keySet()));
    Map<String, Double> itself =
        MeasureJob.on(spark).samples(dataset).reference(dataset).run().numbers();
    assertEquals(0, itself.get("pair-divergence-bits"));
    assertEquals(3.0 / LINES, itself.get("different"));
    assertEquals(1, itself.get("in-reference"));
  }

  @Test
  void sentencesOfTheGrammarAreCounted() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      text.append(Grammar.sentence(1, i)).append('\n');
    }
    URI sentences = grammar("sentences", text.toString());
    URI broken = grammar("broken", text.toString().replace("know", "nkow"));
    Map<String, Double> numbers =
        MeasureJob.on(spark).samples(broken).reference(sentences).run().numbers();
    long valid = text.toString().replace("know", "nkow").lines().filter(Grammar::isValid).count();
    assertNotEquals(20, valid);
    assertEquals(valid / 20.0, numbers.get("valid"));
    assertEquals(Grammar.entropyBits() / 36, numbers.get("entropy-bits-per-character"));
  }

  private static URI grammar(String name, String text) throws IOException {
    Path file = Files.writeString(base.resolve(name + ".txt"), text);
    ShardConfig config =
        new ShardConfig(
            new TextSource(36, TextSource.Cut.LINES), 32, ResizeFilter.AREA, 9, 0, true);
    return ShardJob.on(spark)
        .inputs(List.of(file.toUri()))
        .output(base.resolve(name).toUri())
        .config(config)
        .run()
        .dataset();
  }

  private static String refused(Runnable what) {
    return assertThrows(UserException.class, what::run).getMessage();
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    String objective = refused(() -> settings(Map.of("training.objective.type", "simple")));
    assertTrue(objective.contains("training.objective=tokens goes with"), objective);
    String states = refused(() -> settings(Map.of("model.input-channels", "5")));
    assertTrue(states.contains("diffusion.noise.tokens=3 makes 4 states"), states);
    String schedule = refused(() -> settings(Map.of("schedule.type", "linear")));
    assertTrue(schedule.contains("schedule.type=mutual-information"), schedule);
    Map<String, String> five =
        Map.of(
            "diffusion.noise.tokens", "5",
            "model.input-channels", "6",
            "model.output-channels", "6");
    String vocabulary = refused(() -> job("five", settings(five)).run());
    assertTrue(
        vocabulary.endsWith(
            "has a vocabulary of 3 characters: set diffusion.noise.tokens=3 and, with"
                + " diffusion.noise.type=absorbing, model.input-channels=4 and"
                + " model.output-channels=4 (conf/text.conf is an example)"),
        vocabulary);
    String solver =
        refused(() -> samples("ancestral").config(SampleConfig.DEFAULTS.withWeights("raw")).run());
    assertTrue(solver.contains("sample.solver=tokens goes with"), solver);
  }
}
