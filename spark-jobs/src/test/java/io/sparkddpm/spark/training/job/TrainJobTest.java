package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.spark;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.tensor.Batch;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of a run, on a tiny network. */
class TrainJobTest {
  @TempDir Path dir;
  private SparkSession spark;

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
    ExecutorState.free();
  }

  private SparkSession local(String master) {
    stop();
    spark = spark(master);
    return spark;
  }

  @Test
  void threadsAndTransportDoNotChangeABit() {
    Map<Integer, String> fingerprints = new HashMap<>();
    Map<Integer, List<String>> metrics = new HashMap<>();
    for (int threads : new int[] {1, 2, 3, 4, 5, 6, 7, 8}) {
      local("local[" + threads + "]");
      for (int workers = threads <= 4 ? 1 : 3; workers <= 3; workers++) {
        for (boolean cluster : new boolean[] {false, true}) {
          Path run = dir.resolve(workers + "-" + threads + "-" + cluster);
          TrainJob job = job(spark, run, settings(training(7, 8, workers, 4)));
          (cluster ? job.asOnCluster() : job).run();
          String found = last(run).manifest().fingerprint();
          assertEquals(fingerprints.computeIfAbsent(workers, w -> found), found, run.toString());
          List<String> lines = metrics(run);
          assertEquals(metrics.computeIfAbsent(workers, w -> lines), lines, run.toString());
          assertEquals(2, lines.size());
        }
      }
    }
  }

  /** Rounds to bfloat16, away from zero where a draw and the rest come to a whole unit. */
  private static void rounded(float[] values, long seed, long step, long vector, long... worker) {
    SplittableRandom random = null; // whose numbers are SplitMix64's
    long bits = 0;
    for (int i = 0; i < values.length; i++) {
      if (i % 4096 == 0) {
        long[] index = {step, vector, i / 4096, worker.length > 0 ? worker[0] : 0};
        long[] name = Arrays.copyOf(index, 3 + worker.length);
        long key = RandomStream.of(seed, Purpose.EXCHANGE_ROUNDING, name).nextLong();
        random = new SplittableRandom(key);
      }
      bits = i % 4 == 0 ? random.nextLong() : bits >>> 16;
      int down = Float.floatToRawIntBits(values[i]) >>> 16;
      double low = Float.intBitsToFloat(down << 16);
      double high = Float.intBitsToFloat((down + 1) << 16);
      double rest = 65_536 * (values[i] - low) / (high - low);
      values[i] = (float) (rest + (bits & 0xFFFF) >= 65_536 ? high : low);
    }
  }

  /** What a round means, written down once more without Spark. */
  private static TrainingState plainLoop(RunSettings settings, List<float[]> emas) {
    return plainLoop(settings, emas, new HashMap<>());
  }

  /**
   * @param own receives the last states of workers that keep their own moments
   */
  private static TrainingState plainLoop(
      RunSettings settings, List<float[]> emas, Map<Integer, TrainingState> own) {
    TrainingConfig config = settings.training();
    var averaging = (AveragingConfig.Parameters) config.averaging();
    boolean keeps = averaging.moments() == Moments.LOCAL;
    boolean changes = averaging.exchange() == ExchangeFormat.BFLOAT16;
    var rounds = (AveragingPeriod.Constant) averaging.period();
    List<Double> rates = ((EmaConfig.Constant) config.ema()).rates();
    var source = new RandomImages(TrainFixture.IMAGES, TrainFixture.SIZE);
    var model = new TinyModel(settings.model(), settings.optimizer());
    var process =
        new GaussianDiffusion(NoiseSchedule.of(settings.schedule()), settings.diffusion());
    var batches = new TrainingBatches(process, new UniformClock(process.steps()), settings.seed());
    var training =
        new TrainingStep(
            model, new SquaredError(process, new ConstantWeighting()), settings.optimizer());
    var state =
        TrainingState.initial(
            new TinyModel.Factory().initialParameters(settings.model(), settings.seed()));
    rates.forEach(r -> emas.add(state.parameters().clone()));
    int length = state.parameters().length;
    while (state.step() < config.steps()) {
      long first = state.step();
      double[][] sums = new double[3][length];
      for (int w = 0; w < config.workers(); w++) {
        int share = config.shareSize(w);
        if (share == 0) {
          continue;
        }
        state.setStep(first);
        TrainingState before = own.getOrDefault(w, state);
        model.load(
            new TrainingState(
                state.parameters(), before.firstMoment(), before.secondMoment(), first));
        for (int i = 0; i < rounds.steps(); i++) {
          long step = first + i;
          var examples = source.read(step * config.batchSize() + config.shareStart(w), share);
          Batch images = examples.batch();
          for (int n = 0; n < share; n++) {
            if (Pixels.isFlipped(settings.seed(), step, examples.ids()[n])) {
              Pixels.flipHorizontally(images, n);
            }
          }
          training.take(
              batches.noise(new Minibatch(step, 0, images, Condition.none(share), examples.ids())));
        }
        var end = TrainingState.initial(new float[length]);
        model.store(end);
        assertEquals(first + rounds.steps(), end.step());
        if (keeps) {
          own.put(w, end);
        }
        float[][] vectors = {end.parameters(), end.firstMoment(), end.secondMoment()};
        float[][] begun = {state.parameters(), state.firstMoment(), state.secondMoment()};
        for (int k = 0; k < 3; k++) {
          if (changes) {
            for (int i = 0; i < length; i++) {
              vectors[k][i] = begun[k][i] - vectors[k][i];
            }
            rounded(vectors[k], settings.seed(), first, k, w);
          }
          for (int i = 0; i < length; i++) {
            sums[k][i] += (double) share * vectors[k][i];
          }
        }
      }
      float[][] vectors = {state.parameters(), state.firstMoment(), state.secondMoment()};
      for (int k = 0; k < 3; k++) {
        float[] means = new float[length];
        for (int i = 0; i < length; i++) {
          means[i] = (float) (sums[k][i] / config.batchSize());
        }
        if (changes) {
          rounded(means, settings.seed(), first, k);
          for (int i = 0; i < length; i++) {
            float next = vectors[k][i] - means[i];
            means[i] = k == 2 && next < 0 ? 0 : next;
          }
        }
        System.arraycopy(means, 0, vectors[k], 0, length);
      }
      state.setStep(first + rounds.steps());
      for (int e = 0; e < emas.size(); e++) {
        double keep = Math.pow(rates.get(e), rounds.steps());
        for (int i = 0; i < length; i++) {
          emas.get(e)[i] = (float) (keep * emas.get(e)[i] + (1 - keep) * state.parameters()[i]);
        }
      }
    }
    return state;
  }

  @Test
  void aRunIsThePlainLoop() {
    local("local[2]");
    int[][] shapes = {{5, 1, 1}, {5, 1, 4}, {5, 2, 4}, {7, 3, 2}, {2, 4, 3}};
    for (int[] s : shapes) { // batch, workers, steps per round; uneven shares, workers without any
      assertIsThePlainLoop(settings(training(s[0], 12, s[1], s[2])));
    }
    for (int[] s : new int[][] {{5, 1, 4}, {7, 3, 2}}) {
      var averaging =
          new AveragingConfig.Parameters(
              new AveragingPeriod.Constant(s[2]),
              new OuterOptimizer.Mean(),
              Moments.AVERAGED,
              ExchangeFormat.BFLOAT16);
      assertIsThePlainLoop(settings(training(s[0], 12, s[1], averaging)));
    }
  }

  private void assertIsThePlainLoop(RunSettings settings) {
    Path run = dir.resolve("run-" + settings.hashCode());
    job(spark, run, settings).run();
    List<float[]> emas = new ArrayList<>();
    TrainingState expected = plainLoop(settings, emas);
    Checkpoint found = last(run);
    TrainingState state = found.state(found.layout());
    assertEquals(expected.step(), state.step());
    assertArrayEquals(expected.parameters(), state.parameters());
    assertArrayEquals(expected.firstMoment(), state.firstMoment());
    assertArrayEquals(expected.secondMoment(), state.secondMoment());
    assertArrayEquals(emas.get(0), found.weights("ema-0.9"), 1e-6f);
    assertArrayEquals(emas.get(1), found.weights("ema-0.99"), 1e-6f);
  }

  @Test
  void workersThatKeepTheirMomentsDoAsThePlainLoopSays() {
    local("local[2]");
    int[][] shapes = {{7, 3, 2}, {2, 4, 3}};
    for (int[] s : shapes) { // batch, workers, steps per round; uneven shares, workers without any
      var period = new AveragingPeriod.Constant(s[2]);
      var kept = new AveragingConfig.Parameters(period, new OuterOptimizer.Mean(), Moments.LOCAL);
      RunSettings settings = settings(training(s[0], 12, s[1], kept));
      Path run = dir.resolve("run-" + s[0] + "-" + s[1] + "-" + s[2]);
      job(spark, run, settings).run();
      Map<Integer, TrainingState> own = new HashMap<>();
      TrainingState expected = plainLoop(settings, new ArrayList<>(), own);
      Checkpoint found = last(run);
      assertArrayEquals(expected.parameters(), found.weights("raw"));
      assertEquals(Math.min(s[0], s[1]), own.size());
      assertEquals(
          own.size(),
          found.manifest().files().stream().filter(f -> f.path().startsWith("adam-v")).count());
      float[] first = new float[expected.parameters().length];
      float[] second = first.clone();
      own.forEach(
          (worker, state) -> {
            found.ownMoments(found.layout()).orElseThrow().read(worker, first, second);
            assertArrayEquals(state.firstMoment(), first);
            assertArrayEquals(state.secondMoment(), second);
          });
    }
  }

  @Test
  void gradientsOfManyWorkersAreThoseOfOne() {
    local("local[2]");
    Path one = dir.resolve("one");
    job(spark, one, settings(training(10, 20, 1, 1))).run();
    float[] expected = last(one).weights("raw");
    for (int workers : new int[] {1, 2, 3, 12}) {
      Path run = dir.resolve("gradients-" + workers);
      var config = training(10, 20, workers, 1, AveragingMode.GRADIENTS);
      job(spark, run, settings(config)).run();
      Path sent = dir.resolve("gradients-sent-" + workers);
      job(spark, sent, settings(config)).asOnCluster().run();
      assertEquals(last(run).manifest().fingerprint(), last(sent).manifest().fingerprint());
      assertArrayEquals(expected, last(run).weights("raw"), 2e-5f, "W=" + workers);
      assertEquals(20, last(run).step());
    }
    assertEquals(metrics(one), metrics(dir.resolve("gradients-1")));
  }

  @Test
  void aRunThatIsKilledBetweenRoundsEndsAsIfItNeverWas() {
    RunSettings settings = settings(training(7, 24, 2, 2));
    Path whole = dir.resolve("whole");
    job(local("local[2]"), whole, settings).run();
    for (int kill : new int[] {0, 1, 5, 6, 11, 13, 23}) {
      Path run = dir.resolve("killed-" + kill);
      RandomImages.Fault fault = RandomImages.Fault.killAt(kill, 7);
      var e =
          assertThrows(IllegalStateException.class, () -> job(spark, run, settings, fault).run());
      assertTrue(e.getMessage().contains("the run can be resumed from file:"), e.getMessage());
      TrainJob.Result result = job(spark, run, settings).run();
      assertEquals(kill / 6 * 6, result.resumedFrom());
      assertEquals(
          last(whole).manifest().fingerprint(), last(run).manifest().fingerprint(), "at " + kill);
      assertEquals(metrics(whole), metrics(run));
    }
  }

  @Test
  void aCheckpointThatWasNeverFinishedIsPassedOver() throws IOException {
    RunSettings settings = settings(training(7, 24, 2, 2));
    Path whole = dir.resolve("whole");
    job(local("local[2]"), whole, settings).run();
    for (String harm : List.of("no manifest", "cut manifest", "cut weights", "flipped bit")) {
      Path run = dir.resolve(harm.replace(' ', '-'));
      RandomImages.Fault fault = RandomImages.Fault.killAt(15, 7);
      assertThrows(IllegalStateException.class, () -> job(spark, run, settings, fault).run());
      Path broken = run.resolve("checkpoints/step-00000012");
      Path manifest = broken.resolve("_manifest.json");
      Path weights = broken.resolve("weights.safetensors");
      byte[] bytes = Files.readAllBytes(weights);
      switch (harm) {
        case "no manifest" -> Files.delete(manifest);
        case "cut manifest" ->
            Files.write(manifest, Arrays.copyOf(Files.readAllBytes(manifest), 100));
        case "cut weights" -> Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
        default -> {
          bytes[bytes.length - 3] ^= 4;
          Files.write(weights, bytes);
        }
      }
      TrainJob.Result result = job(spark, run, settings).run();
      assertEquals(6, result.resumedFrom(), harm);
      assertEquals(last(whole).manifest().fingerprint(), last(run).manifest().fingerprint(), harm);
      assertEquals(metrics(whole), metrics(run), harm);
      assertEquals(
          List.of(18L, 24L),
          Checkpoints.list(CONF, uri(run)).stream().map(Checkpoint::step).toList());
    }
  }

  @Test
  void aCheckpointOfAnotherVersionIsRefusedNotPassedOver() throws IOException {
    RunSettings settings = settings(training(7, 12, 2, 2));
    Path run = dir.resolve("run");
    job(local("local[2]"), run, settings).run();
    Path manifest = run.resolve("checkpoints/step-00000012/_manifest.json");
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"));
    var e = assertThrows(UserException.class, () -> job(spark, run, settings).run());
    assertTrue(e.getMessage().contains("checkpoint format 2, written by version"), e.getMessage());

    Path foreign = run.resolve("checkpoints/step-00000013");
    ArtifactWriter.create(CONF, uri(foreign), ArtifactKind.CHECKPOINT)
        .commit(
            Manifest.builder(ArtifactKind.CHECKPOINT)
                .config(Map.of("optimizer.momentum", "0.9"))
                .count(Checkpoint.STEP, 13));
    e = assertThrows(UserException.class, () -> job(spark, run, settings).run());
    assertTrue(e.getMessage().contains("step-00000013, written by version"), e.getMessage());
    assertTrue(e.getMessage().contains("optimizer.momentum"), e.getMessage());
  }

  @Test
  void retriedTasksChangeNothing() {
    RunSettings settings = settings(training(7, 12, 2, 3));
    Path calm = dir.resolve("calm");
    job(local("local[2]"), calm, settings).run();
    RandomImages.Fault fault =
        (position, attempt) -> {
          if (attempt == 0 && position % 3 == 1) {
            throw new IllegalStateException("first attempt");
          }
        };
    local("local[2,4]");
    for (boolean cluster : new boolean[] {false, true}) {
      Path troubled = dir.resolve("troubled-" + cluster);
      TrainJob job = job(spark, troubled, settings, fault);
      (cluster ? job.asOnCluster() : job).run();
      assertEquals(last(calm).manifest().fingerprint(), last(troubled).manifest().fingerprint());
      assertEquals(metrics(calm), metrics(troubled));
    }
  }

  /** Counts tasks of workers as they end; in local mode they share this JVM. */
  private static final class Ends extends SparkListener {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final AtomicReference<List<Integer>> ORDER = new AtomicReference<>(List.of());

    private final String stage;
    private final Set<Integer> stages = new HashSet<>();
    private final List<Integer> seen = new ArrayList<>();

    Ends(boolean cluster) {
      this.stage = cluster ? "collectPartitions at ClusterExchange" : "collect at LocalExchange";
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
      if (submitted.stageInfo().name().startsWith(stage)) {
        stages.add(submitted.stageInfo().stageId());
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (stages.contains(end.stageId())) {
        seen.add(end.taskInfo().index());
        synchronized (COUNT) {
          COUNT.incrementAndGet();
          COUNT.notifyAll();
        }
      }
    }

    /** A worker reads its data only when all that come before it in the order have ended. */
    static void await(int round, int worker) {
      int workers = ORDER.get().size();
      int before = round * workers + ORDER.get().indexOf(worker);
      synchronized (COUNT) {
        while (COUNT.get() < before) {
          try {
            COUNT.wait();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      }
    }
  }

  @Test
  void theOrderInWhichTasksEndChangesNothing() throws Exception {
    RunSettings settings = settings(training(7, 12, 3, 3));
    Path calm = dir.resolve("calm");
    local("local[3]");
    job(spark, calm, settings).run();
    RandomImages.Fault wait =
        (position, attempt) -> {
          long step = position / 7;
          if (step % 3 == 0) { // the first of a round
            long at = position % 7;
            Ends.await((int) step / 3, at == 0 ? 0 : at == 2 ? 1 : 2);
          }
        };
    for (List<Integer> order :
        List.of(List.of(2, 1, 0), List.of(1, 2, 0), List.of(2, 0, 1), List.of(0, 1, 2))) {
      for (boolean cluster : new boolean[] {false, true}) {
        Ends.ORDER.set(order);
        Ends.COUNT.set(0);
        Ends ends = new Ends(cluster);
        spark.sparkContext().addSparkListener(ends);
        Path run = dir.resolve(order.toString().replaceAll("\\W", "") + cluster);
        TrainJob job = job(spark, run, settings, wait);
        (cluster ? job.asOnCluster() : job).run();
        spark.sparkContext().listenerBus().waitUntilEmpty();
        spark.sparkContext().removeSparkListener(ends);
        List<Integer> expected = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
          expected.addAll(order);
        }
        assertEquals(expected, ends.seen);
        assertEquals(
            last(calm).manifest().fingerprint(), last(run).manifest().fingerprint(), order + "");
        assertEquals(metrics(calm), metrics(run));
      }
    }
  }

  @Test
  void aRunMayBeProlonged() {
    Path once = dir.resolve("once");
    Path twice = dir.resolve("twice");
    local("local[2]");
    job(spark, once, settings(training(7, 24, 2, 2))).run();
    job(spark, twice, settings(training(7, 10, 2, 2))).run();
    assertEquals(10, last(twice).step());
    TrainJob.Result result = job(spark, twice, settings(training(7, 24, 2, 2))).run();
    assertEquals(10, result.resumedFrom());
    assertEquals(last(once).manifest().fingerprint(), last(twice).manifest().fingerprint());
    assertEquals(metrics(once), metrics(twice));
    assertEquals(
        last(once).manifest().fingerprint(),
        Artifact.open(CONF, uri(once), ArtifactKind.RUN)
            .manifest()
            .property("checkpoint-fingerprint"));
    TrainJob.Result again = job(spark, twice, settings(training(7, 24, 2, 2))).run();
    assertEquals(24, again.resumedFrom());
    assertEquals(result.weightsSha256(), again.weightsSha256());
  }

  @Test
  void anotherConfigurationOrDatasetIsRefused() {
    Path run = dir.resolve("run");
    local("local[2]");
    job(spark, run, settings(training(7, 6, 2, 2))).run();
    OptimizerConfig slower =
        new OptimizerConfig(new LearningRate.Constant(1e-3, 5), 0.9, 0.999, 1e-8, 1.0);
    var e =
        assertThrows(
            UserException.class,
            () -> job(spark, run, settings(training(8, 12, 2, 2), slower)).run());
    assertTrue(
        e.getMessage()
            .endsWith(
                "cannot be resumed with another configuration: "
                    + "optimizer.schedule.learning-rate was 0.01, is now 0.001; "
                    + "training.batch-size was 7, is now 8"),
        e.getMessage());
    var other =
        assertThrows(
            UserException.class,
            () ->
                job(spark, run, settings(training(7, 12, 2, 2)))
                    .source(
                        new RandomImages(9, TrainFixture.SIZE),
                        new InputRef("memory:other", "e".repeat(64)))
                    .run());
    assertTrue(other.getMessage().contains("was trained on another dataset"), other.getMessage());
  }

  @Test
  void divergenceNamesStepSeedAndCheckpoint() {
    Path run = dir.resolve("run");
    RunSettings settings =
        settings(
            training(7, 40, 2, 2),
            new OptimizerConfig(new LearningRate.Constant(9.9, 0), 0.9, 0.999, 1e-8, 0));
    RandomImages.Fault fault = RandomImages.Fault.NONE;
    BatchSource poisoned =
        (position, count) -> {
          var examples =
              new RandomImages(TrainFixture.IMAGES, TrainFixture.SIZE).read(position, count);
          if (position / 7 == 9) {
            examples.batch().data()[0] = Float.POSITIVE_INFINITY;
          }
          return examples;
        };
    var e =
        assertThrows(
            TrainingDivergedException.class,
            () ->
                job(local("local[2]"), run, settings, fault)
                    .source(poisoned, TrainFixture.DATASET)
                    .run());
    assertTrue(e.getMessage().startsWith("Loss is "), e.getMessage());
    assertTrue(e.getMessage().contains("at step 9 (run seed 17)"), e.getMessage());
    assertTrue(e.getMessage().endsWith("checkpoints/step-00000006"), e.getMessage());
  }

  @Test
  void onlyOneRunWritesToADirectory() throws IOException {
    Path run = Files.createDirectory(dir.resolve("run"));
    local("local[1]");
    try (Lease lease = Lease.acquire(CONF, uri(run))) {
      var e =
          assertThrows(
              UserException.class, () -> job(spark, run, settings(training(7, 6, 1, 2))).run());
      assertTrue(e.getMessage().contains("is being written by process "), e.getMessage());
    }
    job(spark, run, settings(training(7, 6, 1, 2))).run();
    assertFalse(Files.exists(run.resolve("_lease")));
  }

  @Test
  void whoLosesTheDirectoryStopsLongBeforeTheNextCheckpoint() {
    Path run = dir.resolve("run");
    TrainingConfig t = training(7, 2000, 1, 2);
    TrainingConfig seldom =
        new TrainingConfig(
            7,
            2000,
            1,
            t.averaging(),
            t.ema(),
            true,
            2000,
            2,
            0,
            4,
            4,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS);
    AtomicLong taken = new AtomicLong();
    Progress ousting =
        (name, total) ->
            new Progress.Task() {
              @Override
              public void advance(long n) {
                if (n > 0 && taken.addAndGet(n) == 2) {
                  deleteClaims(run);
                }
              }

              @Override
              public void message(String text) {}

              @Override
              public void close() {}
            };
    System.setProperty("ddpm.lease.beat-millis", "1");
    try {
      TrainJob job = job(local("local[1]"), run, settings(seldom)).progress(ousting);
      UserException e = assertThrows(UserException.class, job::run);
      assertTrue(e.getMessage().contains("is gone"), e.getMessage());
    } finally {
      System.clearProperty("ddpm.lease.beat-millis");
    }
    assertTrue(taken.get() < 2000, "it trained to the end");
    assertEquals(0, last(run).step());
  }

  private static void deleteClaims(Path run) {
    for (File file : run.resolve("_lease").toFile().listFiles()) {
      if (file.getName().endsWith(".json")) {
        assertTrue(file.delete());
      }
    }
  }

  @Test
  void observersSeeGridsAndCheckpoints() {
    Path run = dir.resolve("run");
    List<String> seen = new ArrayList<>();
    TrainingConfig t = training(7, 12, 2, 2);
    TrainingConfig sampling =
        new TrainingConfig(
            7,
            12,
            2,
            t.averaging(),
            t.ema(),
            true,
            6,
            2,
            5,
            4,
            4,
            new ConstantWeighting(),
            new ClockConfig.Uniform(),
            ObjectiveConfig.DEFAULTS);
    job(local("local[2]"), run, settings(sampling))
        .observer(
            new RunObserver() {
              @Override
              public void gridDue(RunSnapshot snapshot) {
                assertNotEquals(snapshot.weights("raw")[0], snapshot.weights("ema-0.99")[0]);
                seen.add("grid " + snapshot.step());
              }

              @Override
              public void checkpointed(Checkpoint checkpoint) {
                seen.add("checkpoint " + checkpoint.step());
              }
            })
        .run();
    assertEquals(
        List.of("checkpoint 0", "checkpoint 6", "grid 6", "grid 10", "checkpoint 12"), seen);
    assertTrue(Files.exists(run.resolve("loss.png")));
    assertTrue(Files.exists(run.resolve("metrics.jsonl")));
    assertTrue(Files.exists(run.resolve("settings.conf")));
  }
}
