package io.sparkddpm.spark.fid;

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
import io.sparkddpm.fid.ExtractorIdentity;
import io.sparkddpm.fid.FeatureLayer;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.FrechetDistance;
import io.sparkddpm.fid.JackknifeInterval;
import io.sparkddpm.fid.RandomConvFeatures;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.sample.SampleFixture;
import io.sparkddpm.spark.store.ArtifactWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    assertEquals("3", result.provenance().get("channels"));
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
    assertTrue(e.getMessage().contains("bad.png is neither PNG nor JPEG nor WebP"), e.getMessage());
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
