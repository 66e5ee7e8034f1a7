package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TinyRun;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleJobTest {
  private static final Configuration CONF = new Configuration();
  private static final SampleConfig ANCESTRAL = config(AncestralSolver.DEFAULTS, 0, "raw");
  private static final SampleConfig DDIM = config(DdimSolver.DEFAULTS, 10, "ema-0.9");

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI run;

  @BeforeAll
  static void train() {
    spark = TinyRun.spark("local[3]");
    run = TinyRun.train(spark, base.resolve("run"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SampleConfig config(Solver solver, int steps, String weights) {
    return new SampleConfig(solver, steps, Spacing.UNIFORM, 5, 4, weights);
  }

  private static SampleJob job(String output, SampleConfig config, long count) {
    return SampleJob.on(spark)
        .engine(TinyRun.engine())
        .from(run)
        .to(base.resolve(output).toUri())
        .config(config)
        .count(count);
  }

  private static List<byte[]> pngs(SampleJob.Result result) {
    Samples samples = Samples.open(CONF, result.output());
    List<byte[]> pngs = new ArrayList<>();
    for (FileEntry shard : samples.shards()) {
      for (Samples.Sample sample : samples.read(shard)) {
        assertEquals(pngs.size(), sample.index());
        pngs.add(sample.file());
      }
    }
    return pngs;
  }

  @Test
  void anyPartitioningGivesTheSameBytes() throws IOException {
    for (SampleConfig config : List.of(ANCESTRAL, DDIM)) {
      String name = "partitions-" + ConfigBinder.type(config.solver());
      SampleJob.Result one = job(name + "-1", config, 22).partitions(1).run();
      SampleJob.Result three = job(name + "-3", config, 22).partitions(3).run();
      SampleJob.Result each = job(name, config, 22).run();
      assertEquals(22, each.made());
      assertEquals(one.fingerprint(), three.fingerprint());
      assertEquals(one.fingerprint(), each.fingerprint());
      assertEquals(6, Samples.open(CONF, each.output()).shards().size());
      assertEquals(22, pngs(each).size());
      assertArrayEquals(bytes(one.grid()), bytes(three.grid()));
      assertArrayEquals(bytes(one.strip().orElseThrow()), bytes(three.strip().orElseThrow()));
      assertTrue(Artifact.open(CONF, one.output()).verify().isEmpty());
    }
  }

  @Test
  void theVarianceIsChosenWhenDrawing() {
    SampleJob.Result own = job("variance-own", ANCESTRAL, 4).run();
    DiffusionConfig there = Checkpoints.resolve(CONF, run).diffusion();
    SampleJob.Result same =
        job("variance-same", ANCESTRAL, 4).overrides(SampleOverrides.of(there)).run();
    assertEquals(own.fingerprint(), same.fingerprint());
    VarianceType otherVariance =
        there.variance() == VarianceType.BETA ? VarianceType.BETA_TILDE : VarianceType.BETA;
    DiffusionConfig other = new DiffusionConfig(there.prediction(), otherVariance, there.clipX0());
    SampleOverrides chosen =
        SampleOverrides.of(Map.of("diffusion.variance", "whatever it is called"), other);
    SampleJob.Result drawn = job("variance-other", ANCESTRAL, 4).overrides(chosen).run();
    assertFalse(Arrays.equals(pngs(own).get(0), pngs(drawn).get(0)));
    String recorded =
        Artifact.open(CONF, drawn.output()).manifest().config().get("diffusion.variance");
    assertEquals(otherVariance.name().toLowerCase(Locale.ROOT).replace('_', '-'), recorded);
    SampleConfig set =
        ConfigBinder.bind(
            ANCESTRAL, ConfigLayer.assignments("test", List.of("variance=" + recorded)));
    SampleJob.Result section = job("variance-section", set, 4).run();
    assertEquals(drawn.fingerprint(), section.fingerprint(), "two ways to say the same");
    assertEquals(
        drawn.fingerprint(),
        job("variance-both", set, 4).overrides(SampleOverrides.of(there)).run().fingerprint(),
        "sample.variance is the stronger");
  }

  @Test
  void clippingIsChosenWhenDrawing() {
    boolean there = Checkpoints.resolve(CONF, run).diffusion().clipX0();
    SampleConfig set =
        ConfigBinder.bind(DDIM, ConfigLayer.assignments("test", List.of("clip-x0=" + !there)));
    SampleJob.Result own = job("clip-own", DDIM, 4).run();
    SampleJob.Result other = job("clip-other", set, 4).run();
    assertFalse(Arrays.equals(pngs(own).get(0), pngs(other).get(0)));
    assertEquals(
        String.valueOf(!there),
        Artifact.open(CONF, other.output()).manifest().config().get("diffusion.clip-x0"));
  }

  @Test
  void whatTheNetworkWasTrainedWithIsNotChosen() {
    Map<String, String> trained = Checkpoints.resolve(CONF, run).settings().toMap();
    DiffusionConfig diffusion = Checkpoints.resolve(CONF, run).diffusion();
    job("claims", DDIM, 1).overrides(SampleOverrides.of(trained, diffusion)).run();
    for (String key : List.of("schedule.steps", "diffusion.prediction", "model.channels")) {
      SampleOverrides other = SampleOverrides.of(Map.of(key, "other"), diffusion);
      SampleJob job = job("claims-other", DDIM, 1).overrides(other);
      String message = assertThrows(UserException.class, job::run).getMessage();
      assertTrue(message.contains(key + " is " + trained.get(key) + " there, other here"), message);
    }
    assertFalse(Files.exists(base.resolve("claims-other")));
  }

  @Test
  void anImageDoesNotDependOnHowManyThereAre() {
    List<byte[]> few = pngs(job("few", DDIM, 5).run());
    List<byte[]> many = pngs(job("many", DDIM, 13).run());
    for (int i = 0; i < 5; i++) {
      assertArrayEquals(few.get(i), many.get(i), "image " + i);
    }
    assertFalse(Arrays.equals(many.get(0), many.get(1)));
  }

  @Test
  void weightsSeedAndSamplerMatter() {
    SampleConfig seed = new SampleConfig(DDIM.solver(), 10, Spacing.UNIFORM, 6, 4, "ema-0.9");
    byte[] image = pngs(job("matter-0", DDIM, 1).run()).get(0);
    List<SampleConfig> others =
        List.of(
            config(DdimSolver.DEFAULTS, 10, "raw"),
            seed,
            config(AncestralSolver.DEFAULTS, 10, "ema-0.9"));
    for (int i = 0; i < others.size(); i++) {
      byte[] other = pngs(job("matter-" + (i + 1), others.get(i), 1).run()).get(0);
      assertFalse(Arrays.equals(image, other), others.get(i).toString());
    }
  }

  @Test
  void anInterruptedJobIsFinishedWithWhatItLeft() throws IOException {
    SampleJob.Result whole = job("undisturbed", DDIM, 22).run();
    FaultyEngine.LEFT.set(4 * 10 * 3 + 1);
    SampleJob broken = job("interrupted", DDIM, 22).engine(new FaultyEngine(false)).partitions(1);
    Exception e = assertThrows(Exception.class, broken::run);
    assertTrue(e.getMessage().contains("the executor was lost"), e.getMessage());
    assertFalse(Artifact.exists(CONF, whole(base.resolve("interrupted"))));
    SampleJob.Result resumed = job("interrupted", DDIM, 22).run();
    assertEquals(10, resumed.made(), "three shards of four were whole");
    assertEquals(whole.fingerprint(), resumed.fingerprint());
    assertEquals(List.of(), names(base.resolve("interrupted"), "_progress"));
    assertEquals(6, names(base.resolve("interrupted/images"), "part-").size());
  }

  @Test
  void aDamagedPartialShardIsMadeAgain() throws IOException {
    SampleJob.Result whole = job("undamaged", DDIM, 22).run();
    FaultyEngine.LEFT.set(4 * 10 * 3 + 1);
    SampleJob broken = job("damaged", DDIM, 22).engine(new FaultyEngine(false)).partitions(1);
    assertThrows(Exception.class, broken::run);
    Path second =
        base.resolve("damaged/images")
            .resolve(names(base.resolve("damaged/images"), "part-00001").get(0));
    byte[] content = Files.readAllBytes(second);
    content[content.length / 2] ^= 1;
    Files.write(second, content);
    SampleJob.Result resumed = job("damaged", DDIM, 22).run();
    assertEquals(14, resumed.made());
    assertEquals(whole.fingerprint(), resumed.fingerprint());
  }

  @Test
  void partialShardsOfOtherSamplesAreNotUsed() throws IOException {
    FaultyEngine.LEFT.set(4 * 10 * 3 + 1);
    SampleJob broken = job("other", DDIM, 22).engine(new FaultyEngine(false)).partitions(1);
    assertThrows(Exception.class, broken::run);
    SampleJob.Result result = job("other", ANCESTRAL, 9).run();
    assertEquals(9, result.made());
    assertEquals(3, names(base.resolve("other/images"), "").size());
  }

  @Test
  void aRerunMakesOnlyWhatIsMissing() throws IOException {
    SampleJob.Result first = job("rerun", DDIM, 22).run();
    assertEquals(0, job("rerun", DDIM, 22).run().made());
    Samples samples = Samples.open(CONF, first.output());
    Files.delete(Path.of(first.output()).resolve(samples.shards().get(5).path()));
    SampleJob.Result mended = job("rerun", DDIM, 22).run();
    assertEquals(2, mended.made());
    assertEquals(first.fingerprint(), mended.fingerprint());
    Files.write(Path.of(mended.strip().orElseThrow()), new byte[] {1});
    mended = job("rerun", DDIM, 22).run();
    assertEquals(4, mended.made(), "the shard that the strip comes from");
    assertEquals(first.fingerprint(), mended.fingerprint());
    Files.delete(Path.of(mended.grid()));
    mended = job("rerun", DDIM, 22).run();
    assertEquals(0, mended.made());
    assertEquals(first.fingerprint(), mended.fingerprint());
  }

  @Test
  void npzHoldsThePixels() throws IOException {
    SampleJob.Result without = job("npz", DDIM, 6).run();
    assertTrue(without.npz().isEmpty());
    SampleJob.Result result = job("npz", DDIM, 6).npz(true).run();
    assertEquals(0, result.made());
    assertNotEquals(without.fingerprint(), result.fingerprint());
    NpyArray array;
    try (InputStream in = Files.newInputStream(Path.of(result.npz().orElseThrow()))) {
      array = Npz.read(in, "samples.npz").get("arr_0");
    }
    assertEquals(NpyArray.Type.UINT8, array.type());
    assertArrayEquals(new int[] {6, 4, 4, 1}, array.shape());
    List<byte[]> pngs = pngs(result);
    for (int i = 0; i < 6; i++) {
      ByteImage image = ImageCodec.decode(pngs.get(i), "png");
      for (int p = 0; p < 16; p++) {
        assertEquals(image.get(0, p / 4, p % 4), array.data()[i * 16 + p] & 0xFF);
      }
    }
  }

  @Test
  void sparkReadsTheShards() {
    SampleJob.Result result = job("spark", DDIM, 9).run();
    List<Row> rows =
        spark
            .read()
            .parquet(base.resolve("spark/images").toString())
            .orderBy("index")
            .collectAsList();
    List<byte[]> pngs = pngs(result);
    assertEquals(9, rows.size());
    for (int i = 0; i < 9; i++) {
      assertEquals(i, rows.get(i).getLong(0));
      assertArrayEquals(pngs.get(i), (byte[]) rows.get(i).get(1));
    }
  }

  @Test
  void theStripShowsTenMoments() throws IOException {
    SampleJob.Result result = job("strip", ANCESTRAL, 1).run();
    ByteImage strip = ImageCodec.decode(bytes(result.strip().orElseThrow()), "strip");
    assertEquals(2 + 10 * (64 + 2), strip.width());
    assertEquals(2 + 2 * (64 + 2), strip.height());
    ByteImage image = ImageCodec.decode(pngs(result).get(0), "image").magnify(16);
    assertEquals(image, strip.crop(2 + 66, 2 + 9 * 66, 64, 64));
    assertEquals(image, ImageCodec.decode(bytes(result.grid()), "grid").crop(2, 2, 64, 64));
  }

  @Test
  void aRunInTrainingShowsTheSameImagesAgainAndAgain() throws IOException {
    Path watched = base.resolve("watched");
    GridObserver observer =
        new GridObserver(
            spark, TinyRun.engine(), config(DdimSolver.DEFAULTS, 10, "raw"), DatasetNotes.NONE);
    URI trained = TinyRun.trainWatched(spark, watched, observer);
    assertEquals(
        List.of("step-00000002.png", "step-00000004.png", "step-00000006.png"),
        names(watched.resolve("grids"), ""));
    SampleJob.Result last =
        job("last-grid", config(DdimSolver.DEFAULTS, 10, "raw"), 4).from(trained).run();
    assertArrayEquals(
        bytes(last.grid()), Files.readAllBytes(watched.resolve("grids/step-00000006.png")));
    GridObserver absent =
        new GridObserver(
            spark, TinyRun.engine(), config(DdimSolver.DEFAULTS, 10, "ema-0.5"), DatasetNotes.NONE);
    Path other = base.resolve("watched-absent");
    UserException e =
        assertThrows(UserException.class, () -> TinyRun.trainWatched(spark, other, absent));
    assertEquals(
        base.toUri()
            + "watched-absent"
            + " has no weights 'ema-0.5' to draw a sample grid from, it has raw, ema-0.9, ema-0.99",
        e.getMessage());
  }

  @Test
  void badInputIsRefusedWithReasons() {
    job("taken", DDIM, 2).run();
    assertMessage(
        base.resolve("taken").toUri()
            + " already holds other samples (count was 2, is now 3); choose another output or"
            + " delete it first",
        job("taken", DDIM, 3));
    assertMessage(
        run + "/checkpoints/step-00000006 has no weights 'ema-0.5', it has raw, ema-0.9, ema-0.99",
        job("no", config(DdimSolver.DEFAULTS, 10, "ema-0.5"), 1));
    assertMessage(
        "cannot sample from "
            + run
            + "/checkpoints/step-00000006: steps must be at most the schedule's 100, got 101",
        job("no", config(DdimSolver.DEFAULTS, 101, "raw"), 1));
    assertMessage(
        base.resolve("nowhere").toUri() + " is no checkpoint, and no run with a whole one",
        job("no", DDIM, 1).from(base.resolve("nowhere").toUri()));
  }

  @Test
  void predictionsThatAreNoNumbersAreADivergence() {
    FaultyEngine.LEFT.set(4);
    TrainingDivergedException e =
        assertThrows(
            TrainingDivergedException.class,
            job("nan", DDIM, 4).engine(new FaultyEngine(true))::run);
    assertEquals(
        "The network predicts a value that is not finite at timestep 88; its weights cannot be"
            + " sampled from",
        e.getMessage());
  }

  private static void assertMessage(String message, SampleJob job) {
    assertEquals(message, assertThrows(UserException.class, job::run).getMessage());
  }

  private static byte[] bytes(URI file) throws IOException {
    return Files.readAllBytes(Path.of(file));
  }

  private static URI whole(Path path) {
    return path.toUri();
  }

  private static List<String> names(Path dir, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.startsWith(prefix))
          .sorted()
          .collect(Collectors.toList());
    }
  }
}
