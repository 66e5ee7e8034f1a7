package io.sparkddpm.spark.evaluation.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.metric.ClassDistance;
import io.sparkddpm.spark.evaluation.metric.ClassMetric;
import io.sparkddpm.spark.evaluation.metric.KernelMetric;
import io.sparkddpm.spark.evaluation.metric.KernelMetric.Kid;
import io.sparkddpm.spark.evaluation.metric.ManifoldMetric;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.sampling.SampleFixture;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.JackknifeInterval;
import io.sparkddpm.statistics.KernelDistance;
import io.sparkddpm.statistics.Manifold;
import io.sparkddpm.statistics.RandomConvFeatures;
import io.sparkddpm.statistics.StatisticsFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distances and statistics on Spark, by the random network. */
class FidJobTest {
  private static final int SIZE = 16;
  private static final FidConfig FORCED = FidConfig.DEFAULTS.withForce(true);

  @TempDir static Path shared;
  @TempDir Path temp;

  private static SparkSession spark;
  private static Path cifar;
  private static URI dataset;

  @BeforeAll
  static void makeDataset() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
    cifar = shared.resolve("data_batch_1.bin");
    Files.write(cifar, cifarRecords(270));
    dataset = shared.resolve("dataset").toUri();
    ShardConfig d = ShardConfig.DEFAULTS;
    ShardConfig config =
        new ShardConfig(d.format(), d.imageSize(), d.resize(), 20, d.badImageLimit());
    ShardJob.on(spark).inputs(List.of(cifar.toUri())).output(dataset).config(config).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void statisticsDoNotDependOnPartitions() throws IOException {
    URI one = temp.resolve("one").toUri();
    URI three = temp.resolve("three").toUri();
    ReferenceStatsJob.Result first =
        ReferenceStatsJob.on(spark).input(dataset).output(one).partitions(1).run();
    ReferenceStatsJob.Result second =
        ReferenceStatsJob.on(spark).input(dataset).output(three).partitions(3).run();
    assertEquals(270, first.images());
    assertEquals("fd-random", first.metric());
    assertEquals(first.fingerprint(), second.fingerprint());
    assertArrayEquals(
        Files.readAllBytes(temp.resolve("one").resolve(ReferenceStats.FILE)),
        Files.readAllBytes(temp.resolve("three").resolve(ReferenceStats.FILE)));
    assertTrue(ReferenceStatsJob.on(spark).input(dataset).output(one).run().skipped());
  }

  @Test
  void distanceOfAFolderEqualsThePlainComputation() throws IOException {
    Path folder = temp.resolve("images");
    byte[] pixels = writeFolder(folder, 40);
    URI json = temp.resolve("fid.json").toUri();
    FidResult result =
        FidJob.on(spark)
            .samples(folder.toUri())
            .reference(dataset)
            .output(json)
            .config(FORCED)
            .run();
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      FeatureStatistics expected =
          FeatureStatistics.of(network.extract(pixels, 40, SIZE, SIZE)[0], 192);
      FeatureStatistics reference =
          FeatureStatistics.of(network.extract(interleaved(270), 270, 32, 32)[0], 192);
      double distance = FrechetDistance.between(expected, reference).distance();
      assertEquals(distance, result.distance(), 1e-9 * distance);
    }
    JsonNode written = new ObjectMapper().readTree(temp.resolve("fid.json").toFile());
    assertEquals("fd-random", written.get("metric").asText());
    assertEquals(result.distance(), written.get("distance").asDouble());
    assertEquals(40, written.at("/samples/images").asLong());
    assertEquals(270, written.at("/reference/images").asLong());
    assertEquals("none", written.get("resize").asText());
    assertEquals("folder", written.at("/samples/kind").asText());
    assertEquals(List.copyOf(result.warnings()).toString(), texts(written.get("warnings")));
    assertTrue(
        result
            .warnings()
            .contains("samples: 40 images for 192 dimensions leave the covariance rank-deficient"),
        result.warnings().toString());
    assertTrue(result.summary().startsWith("fd-random "), result.summary());
    assertFalse(result.summary().contains("FID"), result.summary());
  }

  @Test
  void aSetIsZeroFromItsOwnStatistics() {
    URI stats = temp.resolve("stats").toUri();
    ReferenceStatsJob.on(spark).input(dataset).output(stats).run();
    FidResult result = FidJob.on(spark).samples(dataset).reference(stats).run();
    assertEquals(0, result.distance(), 1e-6 * result.terms().trace1());
    assertEquals("stats", result.reference().kind());
    assertEquals("3,32,32", result.provenance().get("shape"));
  }

  @Test
  void samplesAreMeasuredWithWhatTheySayOfThemselves() throws IOException {
    URI samples = temp.resolve("samples").toUri();
    List<ByteImage> images = new ArrayList<>();
    byte[] pixels = new byte[200 * SIZE * SIZE * 3];
    for (int n = 0; n < 200; n++) {
      images.add(new ByteImage(random(n, SIZE * SIZE * 3), 3, SIZE, SIZE));
      interleave(images.get(n).data(), pixels, n);
    }
    SampleFixture.write(samples, images, 24, "ema-0.999", 500);
    URI json = temp.resolve("fid.json").toUri();
    FidResult result = FidJob.on(spark).samples(samples).reference(dataset).output(json).run();
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      float[] features = network.extract(pixels, 200, SIZE, SIZE)[0];
      FeatureStatistics reference =
          FeatureStatistics.of(network.extract(interleaved(270), 270, 32, 32)[0], 192);
      FeatureStatistics all = FeatureStatistics.of(features, 192);
      double distance = FrechetDistance.between(all, reference).distance();
      assertEquals(distance, result.distance(), 1e-9 * distance);
      double[] leftOut = new double[9];
      for (int i = 0; i < 9; i++) {
        int end = Math.min(200, 24 * (i + 1)) * 192;
        float[] shard = Arrays.copyOfRange(features, 24 * i * 192, end);
        FeatureStatistics rest = all.unmerge(FeatureStatistics.of(shard, 192));
        leftOut[i] = FrechetDistance.between(rest, reference).distance();
      }
      JackknifeInterval interval = JackknifeInterval.of(distance, leftOut);
      assertEquals(interval.standardError(), result.interval().orElseThrow().standardError(), 1e-9);
    }
    JsonNode written = new ObjectMapper().readTree(temp.resolve("fid.json").toFile());
    assertEquals(9, written.at("/interval/left-out-shards").asInt());
    assertEquals("samples", written.at("/samples/kind").asText());
    assertEquals(200, written.at("/samples/images").asInt());
    assertEquals("ema-0.999", written.at("/samples/weights").asText());
    assertEquals(500, written.at("/samples/checkpoint-step").asLong());
    assertEquals("ddim", written.at("/samples/sampler").asText());
    assertEquals("7", written.at("/samples/seed").asText());
    assertTrue(
        result
            .warnings()
            .contains(
                "samples: ema-0.999 averages over some 1000 steps, but training had taken 500; it"
                    + " may still hold much of the beginning"),
        result.warnings().toString());
    String line = result.summary();
    assertTrue(line.contains("(ema-0.999 at step 500, ddim in 50 steps, seed 7)"), line);
    assertTrue(line.contains("(95 % "), line);

    URI stats = temp.resolve("stats").toUri();
    ReferenceStatsJob.on(spark).input(samples).output(stats).run();
    FidResult stored = FidJob.on(spark).samples(stats).reference(dataset).run();
    assertEquals(result.distance(), stored.distance());
    assertEquals("ema-0.999", stored.provenance().get("weights"));
    assertTrue(stored.interval().isEmpty());
  }

  @Test
  void asManyImagesAsDimensionsAreRefusedUnlessForced() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 192);
    FidJob job = FidJob.on(spark).samples(dataset).reference(folder.toUri());
    UserException e = assertThrows(UserException.class, job::run);
    assertTrue(e.getMessage().contains("192 images for the 192 dimensions"), e.getMessage());
    assertTrue(e.getMessage().startsWith("reference "), e.getMessage());
    assertTrue(job.config(FORCED).run().distance() > 0);
  }

  private static final List<String> ALL = List.of("fid", "kid", "pr", "dc");

  /** The distributed metrics against plain loops over all features at once. */
  @Test
  void metricsOfPairsEqualThePlainComputation() throws IOException {
    Path folder = temp.resolve("images");
    byte[] pixels = writeFolder(folder, 60);
    URI json = temp.resolve("fid.json").toUri();
    FidConfig config = FORCED.withMetrics(ALL).withSubsets(7, 20);
    FidResult result =
        FidJob.on(spark)
            .samples(folder.toUri())
            .reference(dataset)
            .output(json)
            .config(config)
            .partitions(2)
            .run();
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      float[] x = network.extract(interleaved(270), 270, 32, 32)[0];
      float[] y = network.extract(pixels, 60, SIZE, SIZE)[0];
      Kid kid = result.measures().get(Kid.class).orElseThrow();
      double full = KernelDistance.of(x, y, 192);
      assertEquals(full, kid.full(), 1e-12 * Math.abs(full));
      double mean = 0;
      for (int s = 0; s < 7; s++) {
        float[] some = rows(x, KernelDistance.subset(0, s, 0, 20, 270));
        mean += KernelDistance.of(some, rows(y, KernelDistance.subset(0, s, 1, 20, 60)), 192) / 7;
      }
      KernelMetric.Subsets subsets = kid.subsets().orElseThrow();
      assertEquals(mean, subsets.mean(), 1e-12 * Math.abs(mean));
      assertTrue(subsets.deviation() > 0);
      Manifold manifold =
          result.measures().get(ManifoldMetric.Shares.class).orElseThrow().manifold();
      double[] radii = radii(x, 3);
      double[] wide = radii(x, 5);
      double[] generated = radii(y, 3);
      boolean[] precise = new boolean[60];
      boolean[] recalled = new boolean[270];
      boolean[] covered = new boolean[270];
      long contained = 0;
      for (int r = 0; r < 270; r++) {
        for (int g = 0; g < 60; g++) {
          double d = distance(x, r, y, g);
          precise[g] |= d <= radii[r];
          recalled[r] |= d <= generated[g];
          covered[r] |= d <= wide[r];
          contained += d <= wide[r] ? 1 : 0;
        }
      }
      assertEquals(count(precise), manifold.precise());
      assertEquals(count(recalled), manifold.recalled());
      assertEquals(count(covered), manifold.covered());
      assertEquals(contained, manifold.contained());
      assertEquals(contained / 300.0, manifold.density());
    }
    JsonNode written = new ObjectMapper().readTree(temp.resolve("fid.json").toFile());
    assertEquals(
        result.measures().get(Kid.class).orElseThrow().full(), written.at("/kid/full").asDouble());
    assertEquals(result.measures(), Metrics.KNOWN.read(written));
    assertTrue(result.measuresSummary().startsWith("KID "), result.measuresSummary());
    assertFalse(Files.exists(temp.resolve("fid.json.work")), "features stay behind");
  }

  /** Subsets that are the whole set deviate by rounding alone, which says nothing. */
  @ParameterizedTest
  @ValueSource(ints = {5, 6})
  void subsetsThatAreTheWholeSetAreNotTaken(int size) throws IOException {
    Path one = temp.resolve("one");
    Path other = temp.resolve("other");
    writeFolder(one, 5);
    writeFolder(other, 7);
    Path json = temp.resolve("fid.json");
    FidResult result =
        FidJob.on(spark)
            .samples(one.toUri())
            .reference(other.toUri())
            .output(json.toUri())
            .config(FORCED.withMetrics(List.of("kid")).withSubsets(3, size))
            .run();
    Kid kid = result.measures().get(Kid.class).orElseThrow();
    assertEquals(Optional.empty(), kid.subsets());
    String text = result.measuresSummary();
    assertTrue(text.startsWith("KID ") && !text.contains("±"), text);
    JsonNode written = new ObjectMapper().readTree(json.toFile());
    assertEquals(List.of("full"), List.copyOf(fieldNames(written.path("kid"))));
    assertEquals(result.measures(), Metrics.KNOWN.read(written));
  }

  private static SortedMap<Integer, ClassDistance> classes(FidResult result) {
    return result.measures().get(ClassMetric.Distances.class).orElseThrow().byLabel();
  }

  /** A metric of one file, {@link MeanMetric}, and one line where metrics are listed. */
  @Test
  void anotherMetricIsMeasuredByTheSameJob() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 40);
    Path json = temp.resolve("fid.json");
    Metrics metrics = Metrics.KNOWN.with(new MeanMetric());
    FidJob job =
        FidJob.on(spark)
            .metrics(metrics)
            .samples(dataset)
            .reference(dataset)
            .output(json.toUri())
            .reuse(true)
            .config(FORCED.withMetrics(List.of("mean", "kid")));
    FidResult result = job.run();
    assertEquals(0, result.measures().get(MeanMetric.Gap.class).orElseThrow().largest());
    assertTrue(result.measuresSummary().endsWith("; means differ by 0.0000"));
    JsonNode written = new ObjectMapper().readTree(json.toFile());
    assertEquals(0.0, written.at("/mean/largest").asDouble(Double.NaN));
    byte[] before = Files.readAllBytes(json);
    assertEquals(result.measures(), job.run().measures(), "not found in the file");
    assertArrayEquals(before, Files.readAllBytes(json), "measured again");
    FidResult other = job.samples(folder.toUri()).run();
    assertTrue(other.measures().get(MeanMetric.Gap.class).orElseThrow().largest() > 0);
    FidJob plain = FidJob.on(spark).samples(dataset).reference(dataset);
    UserException e =
        assertThrows(UserException.class, plain.config(FORCED.withMetrics(List.of("mean")))::run);
    assertEquals(
        "metrics: none is called 'mean'; there are fid, sfid, is, kid, mind, fid-infinity, pr, dc",
        e.getMessage());
  }

  private static List<String> fieldNames(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static float[] rows(float[] all, long[] which) {
    float[] some = new float[which.length * 192];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(all, (int) which[i] * 192, some, i * 192, 192);
    }
    return some;
  }

  private static double distance(float[] x, int i, float[] y, int j) {
    double sum = 0;
    for (int k = 0; k < 192; k++) {
      double d = (double) x[i * 192 + k] - y[j * 192 + k];
      sum += d * d;
    }
    return sum;
  }

  private static double[] radii(float[] x, int k) {
    int n = x.length / 192;
    double[] radii = new double[n];
    for (int i = 0; i < n; i++) {
      double[] all = new double[n];
      for (int j = 0; j < n; j++) {
        all[j] = i == j ? -1 : distance(x, i, x, j);
      }
      Arrays.sort(all);
      radii[i] = all[k];
    }
    return radii;
  }

  private static int count(boolean[] flags) {
    int count = 0;
    for (boolean flag : flags) {
      count += flag ? 1 : 0;
    }
    return count;
  }

  @Test
  void classesOfFoldersAreComparedByTheirNames() throws IOException {
    for (String folder : List.of("a/cat", "a/dog", "b/bird", "b/dog", "c/cow", "b/emu", "d/emu")) {
      Files.createDirectories(temp.resolve(folder).getParent());
      writeFolder(temp.resolve(folder), 3);
    }
    writeFolder(temp.resolve("a/emu"), 1);
    writeFolder(temp.resolve("a/fox"), 1);
    writeFolder(temp.resolve("b/fox"), 2);
    FidConfig config = FORCED.withPerClass(true);
    URI a = temp.resolve("a").toUri();
    URI b = temp.resolve("b").toUri();
    FidResult result = FidJob.on(spark).samples(a).reference(b).config(config).run();
    assertEquals(List.of(1), List.copyOf(classes(result).keySet()));
    ClassDistance dog = classes(result).get(1);
    assertEquals("dog", dog.name());
    String leftOut =
        "classes without a distance, which needs 2 images among the samples and 2 in the reference:"
            + " 4, bird (reference alone), cat (samples alone), emu (1 and 3), fox (1 and 2)";
    assertTrue(result.warnings().contains(leftOut), result.warnings().toString());
    assertEquals(3, dog.samples());
    assertEquals(0, dog.distance(), 1e-6 * result.terms().trace1());
    UserException e =
        assertThrows(
            UserException.class,
            () ->
                FidJob.on(spark)
                    .samples(a)
                    .reference(temp.resolve("c").toUri())
                    .config(config)
                    .run());
    assertTrue(e.getMessage().contains("have no class in common"), e.getMessage());
    e =
        assertThrows(
            UserException.class,
            () ->
                FidJob.on(spark)
                    .samples(a)
                    .reference(temp.resolve("d").toUri())
                    .config(config)
                    .run());
    assertTrue(e.getMessage().startsWith("--per-class: no class has 2 images"), e.getMessage());
    e =
        assertThrows(
            UserException.class,
            () ->
                FidJob.on(spark)
                    .samples(temp.resolve("a/cat").toUri())
                    .reference(b)
                    .config(config)
                    .run());
    assertTrue(e.getMessage().contains("--per-class: no image of "), e.getMessage());
  }

  /** Rows are taken from the middle of files, where only a hash of all of it shows damage. */
  @Test
  void damagedKeptFeaturesAreNamed() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 9);
    Path stats = temp.resolve("stats");
    FidConfig config = FORCED.withMetrics(List.of("kid"));
    ReferenceStatsJob.on(spark).input(folder.toUri()).output(stats.toUri()).config(config).run();
    Path features;
    try (var files = Files.list(stats.resolve("features"))) {
      features = files.filter(f -> !f.getFileName().toString().startsWith(".")).toList().get(0);
    }
    byte[] bytes = Files.readAllBytes(features);
    bytes[bytes.length - 100] ^= 1;
    Files.write(features, bytes);
    UserException e =
        assertThrows(
            UserException.class,
            () ->
                FidJob.on(spark)
                    .samples(folder.toUri())
                    .reference(stats.toUri())
                    .config(config)
                    .run());
    assertTrue(e.getMessage().contains(features.getFileName().toString()), e.getMessage());
    assertTrue(e.getMessage().contains("hash"), e.getMessage());
  }

  /** Sets that are the same: nothing apart, everything covered. */
  @Test
  void aSetIsItsOwnReference() throws IOException {
    URI stats = temp.resolve("stats").toUri();
    FidConfig config = FidConfig.DEFAULTS.withMetrics(ALL).withSubsets(3, 50).withPerClass(true);
    ReferenceStatsJob.on(spark).input(dataset).output(stats).config(config).run();
    assertTrue(Artifact.verify(conf(), stats).isEmpty());
    FidResult result =
        FidJob.on(spark)
            .samples(dataset)
            .reference(stats)
            .config(config)
            .work(temp.resolve("work").toUri())
            .run();
    assertEquals(0, result.distance(), 1e-6 * result.terms().trace1());
    Manifold manifold = result.measures().get(ManifoldMetric.Shares.class).orElseThrow().manifold();
    assertEquals(1, manifold.precision());
    assertEquals(1, manifold.recall());
    assertEquals(1, manifold.coverage());
    assertTrue(
        manifold.density() >= 1, manifold.toString()); // each is in its own ball and k others'
    assertEquals(10, classes(result).size());
    for (ClassDistance d : classes(result).values()) {
      assertEquals(27, d.samples());
      assertEquals(0, d.distance(), 1e-6 * result.terms().trace1());
    }
    UserException e =
        assertThrows(
            UserException.class,
            () ->
                ReferenceStatsJob.on(spark)
                    .input(dataset)
                    .output(plainStats())
                    .config(config)
                    .run());
    assertTrue(e.getMessage().contains("was made without features"), e.getMessage());
    e =
        assertThrows(
            UserException.class,
            () -> FidJob.on(spark).samples(dataset).reference(plainStats()).config(config).run());
    assertTrue(e.getMessage().contains("holds statistics without"), e.getMessage());
  }

  private URI plainStats() {
    URI plain = temp.resolve("plain").toUri();
    ReferenceStatsJob.on(spark).input(dataset).output(plain).run();
    return plain;
  }

  private static Configuration conf() {
    return spark.sparkContext().hadoopConfiguration();
  }

  @Test
  void severalReferencesAreMeasuredSideBySide() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 40);
    URI stats = plainStats();
    Path json = temp.resolve("both.json");
    List<FidResult> both =
        FidJob.on(spark)
            .samples(folder.toUri())
            .references(List.of(dataset, stats))
            .output(json.toUri())
            .config(FORCED)
            .runAll();
    assertEquals(both.get(0).distance(), both.get(1).distance());
    assertEquals("dataset", both.get(0).reference().kind());
    assertEquals("stats", both.get(1).reference().kind());
    JsonNode written = new ObjectMapper().readTree(json.toFile());
    assertEquals(2, written.get("results").size());
    assertEquals(both.get(1).distance(), written.at("/results/1/distance").asDouble());
  }

  @Test
  void aFullDiskIsNamed() throws IOException {
    Path full = temp.resolve("full.json");
    Files.createSymbolicLink(full, Path.of("/dev/full"));
    FidJob job =
        FidJob.on(spark)
            .samples(dataset)
            .reference(dataset)
            .config(FORCED)
            .work(temp.resolve("work").toUri())
            .output(full.toUri());
    UserException e = assertThrows(UserException.class, job::run);
    assertEquals("cannot write " + full.toUri() + ": No space left on device", e.getMessage());
  }

  /** A job that fails on its last image; then the image is mended and the job run again. */
  @Test
  void aBrokenOffJobGoesOnWhereItWas() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 300);
    Path last = folder.resolve("00299.png");
    byte[] good = Files.readAllBytes(last);
    FileTime time = Files.getLastModifiedTime(last);
    Files.write(last, new byte[good.length]);
    Files.setLastModifiedTime(last, time);
    Path work = temp.resolve("work");
    FidJob job =
        FidJob.on(spark)
            .samples(folder.toUri())
            .reference(dataset)
            .config(FORCED)
            .work(work.toUri())
            .partitions(1);
    UserException e = assertThrows(UserException.class, job::run);
    assertTrue(e.getMessage().contains("00299.png"), e.getMessage());
    List<Path> kept = files(work);
    assertTrue(
        kept.stream().anyMatch(p -> p.getFileName().toString().startsWith("part-00000-")),
        kept.toString());
    // One file is cut off, as by a crash: it must not be trusted.
    Path cut = kept.get(0);
    byte[] bytes = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(bytes, bytes.length - 100));
    Path whole = kept.get(1);
    FileTime written = Files.getLastModifiedTime(whole);
    Files.write(last, good);
    Files.setLastModifiedTime(last, time);
    AtomicReference<FileTime> seen = new AtomicReference<>();
    AtomicLong skipped = new AtomicLong();
    FidResult resumed =
        job.partitions(3)
            .progress(
                (name, total) -> {
                  if (name.equals("pairs")) {
                    note(seen, whole);
                  }
                  return counting(name, skipped);
                })
            .config(FORCED.withMetrics(List.of("kid")).withSubsets(2, 10))
            .run();
    assertEquals(written, seen.get(), "a whole file was made again");
    assertTrue(skipped.get() > 0, "what was kept counted as speed");
    FidResult fresh =
        FidJob.on(spark).samples(folder.toUri()).reference(dataset).config(FORCED).run();
    assertEquals(fresh.distance(), resumed.distance());
    assertEquals(fresh.interval(), resumed.interval());
    assertEquals(List.of(), files(work));
  }

  private static Progress.Task counting(String name, AtomicLong skipped) {
    return new Progress.Task() {
      @Override
      public void advance(long n) {}

      @Override
      public void skip(long n) {
        skipped.addAndGet(name.equals("features") ? n : 0);
      }

      @Override
      public void message(String text) {}

      @Override
      public void close() {}
    };
  }

  private static void note(AtomicReference<FileTime> seen, Path file) {
    try {
      seen.set(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(p -> p.toString().endsWith(".features")).sorted().toList();
    }
  }

  @Test
  void metricsOfTheInceptionNetworkNeedItsFile() {
    FidJob job =
        FidJob.on(spark)
            .samples(dataset)
            .reference(dataset)
            .config(FORCED.withMetrics(List.of("is")));
    UserException e = assertThrows(UserException.class, job::run);
    assertTrue(e.getMessage().startsWith("sfid and is are of the Inception"), e.getMessage());
    e =
        assertThrows(
            UserException.class, () -> job.config(FORCED.withMetrics(List.of("fud"))).run());
    assertEquals(
        "metrics: none is called 'fud'; there are fid, sfid, is, kid, mind, fid-infinity, pr, dc",
        e.getMessage());
  }

  @Test
  void statisticsByAnotherNetworkAreRefused() throws IOException {
    URI stats = temp.resolve("stats").toUri();
    StatisticsFile file =
        new StatisticsFile(
            new ExtractorIdentity("random-conv", "another seed", "none"),
            new FeatureLayer("random", 192, "fd-random"),
            FeatureStatistics.of(new float[3 * 192], 192));
    ArtifactWriter writer =
        ArtifactWriter.create(
            spark.sparkContext().hadoopConfiguration(), stats, ArtifactKind.STATS);
    try (OutputStream out = writer.output(ReferenceStats.FILE)) {
      file.write(out);
    }
    writer.commit(Manifest.builder(ArtifactKind.STATS));
    UserException e =
        assertThrows(
            UserException.class, () -> FidJob.on(spark).samples(dataset).reference(stats).run());
    assertTrue(
        e.getMessage()
            .contains(
                "were made by random-conv, weights another seed, resize none, layer random; they"
                    + " cannot be compared"),
        e.getMessage());
  }

  @Test
  void otherImagesAtTheOutputAreRefused() throws IOException {
    URI stats = temp.resolve("stats").toUri();
    ReferenceStatsJob.on(spark).input(dataset).output(stats).run();
    Path folder = temp.resolve("images");
    writeFolder(folder, 3);
    UserException e =
        assertThrows(
            UserException.class,
            () -> ReferenceStatsJob.on(spark).input(folder.toUri()).output(stats).run());
    assertTrue(e.getMessage().contains("already holds statistics of other images"), e.getMessage());
  }

  @Test
  void aBadImageIsNamed() throws IOException {
    Path folder = temp.resolve("images");
    writeFolder(folder, 3);
    Files.writeString(folder.resolve("bad.png"), "no image");
    UserException e =
        assertThrows(
            UserException.class,
            () -> FidJob.on(spark).samples(folder.toUri()).reference(dataset).config(FORCED).run());
    assertTrue(e.getMessage().contains("bad.png is not an image: it begins with"), e.getMessage());
  }

  @Test
  void whatIsMissingIsNamed() {
    URI missing = temp.resolve("nothing").toUri();
    UserException e =
        assertThrows(
            UserException.class, () -> FidJob.on(spark).samples(missing).reference(dataset).run());
    assertTrue(e.getMessage().contains("nothing does not exist"), e.getMessage());
    URI network = temp.resolve("net.pb").toUri();
    e =
        assertThrows(
            UserException.class,
            () -> FidJob.on(spark).samples(dataset).reference(dataset).inception(network).run());
    assertTrue(e.getMessage().contains("net.pb does not exist"), e.getMessage());
  }

  @Test
  void jpegAndOrientationAreTakenNoteOfByContent() throws IOException {
    Path folder = temp.resolve("named");
    writeFolder(folder, 4);
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(picture, "jpg", jpeg);
    Files.write(folder.resolve("jpeg.png"), jpeg.toByteArray());
    byte[] png = Files.readAllBytes(folder.resolve("00000.png"));
    byte[] exif =
        HexFormat.of()
            .parseHex(
                "0000001a"
                    + "65584966"
                    + "49492a0008000000"
                    + "0100120103000100000006000000"
                    + "00000000"
                    + "00000000");
    CRC32 crc = new CRC32();
    crc.update(exif, 4, exif.length - 8);
    ByteBuffer.wrap(exif).putInt(exif.length - 4, (int) crc.getValue());
    ByteArrayOutputStream turned = new ByteArrayOutputStream();
    int afterHeader = 33;
    turned.write(png, 0, afterHeader);
    turned.write(exif);
    turned.write(png, afterHeader, png.length - afterHeader);
    Files.write(folder.resolve("turned.png"), turned.toByteArray());
    List<String> expected =
        List.of(
            "1 of 6 files are JPEG; its artefacts change distances",
            "1 of 6 images carry an EXIF orientation, which is ignored");
    URI stats = temp.resolve("named-stats").toUri();
    for (boolean again : new boolean[] {false, true}) {
      ReferenceStatsJob.Result result =
          ReferenceStatsJob.on(spark).input(folder.toUri()).output(stats).run();
      assertEquals(again, result.skipped());
      assertEquals(
          expected, result.warnings().stream().map(w -> w.substring(w.indexOf(": ") + 2)).toList());
    }
    FidResult result =
        FidJob.on(spark).samples(folder.toUri()).reference(stats).config(FORCED).run();
    for (String warning : expected) {
      assertTrue(
          result.warnings().stream().anyMatch(w -> w.endsWith(warning)),
          result.warnings().toString());
    }
  }

  private static String texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts.toString();
  }

  /** PNG files; also their pixels, [N, H, W, 3]. */
  private static byte[] writeFolder(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    byte[] all = new byte[count * SIZE * SIZE * 3];
    for (int n = 0; n < count; n++) {
      byte[] planes = random(n, SIZE * SIZE * 3);
      interleave(planes, all, n);
      Files.write(
          folder.resolve(String.format(Locale.ROOT, "%05d.png", n)),
          ImageCodec.encodePng(new ByteImage(planes, 3, SIZE, SIZE)));
    }
    return all;
  }

  private static byte[] cifarRecords(int count) {
    byte[] records = new byte[count * 3073];
    for (int n = 0; n < count; n++) {
      records[n * 3073] = (byte) (n % 10);
      System.arraycopy(random(1000 + n, 3072), 0, records, n * 3073 + 1, 3072);
    }
    return records;
  }

  private static byte[] interleaved(int count) {
    byte[] all = new byte[count * 3072];
    for (int n = 0; n < count; n++) {
      interleave(random(1000 + n, 3072), all, n);
    }
    return all;
  }

  /** [3, H, W] to place n of [N, H, W, 3]. */
  private static void interleave(byte[] planes, byte[] all, int n) {
    int area = planes.length / 3;
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < area; p++) {
        all[(n * area + p) * 3 + c] = planes[c * area + p];
      }
    }
  }

  private static byte[] random(int index, int length) {
    RandomStream random = RandomStream.of(5, Purpose.SHAPES, index);
    int shift = random.nextInt(4);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (random.nextInt(256) >> shift);
    }
    return bytes;
  }
}
