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
import io.sparkddpm.fid.RandomConvFeatures;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.store.ArtifactWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        FidJob.on(spark).samples(folder.toUri()).reference(dataset).output(json).run();
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
            () -> FidJob.on(spark).samples(folder.toUri()).reference(dataset).run());
    assertTrue(e.getMessage().contains("bad.png is neither PNG nor JPEG"), e.getMessage());
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
      for (int c = 0; c < 3; c++) {
        for (int p = 0; p < SIZE * SIZE; p++) {
          all[(n * SIZE * SIZE + p) * 3 + c] = planes[c * SIZE * SIZE + p];
        }
      }
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
      byte[] planes = random(1000 + n, 3072);
      for (int c = 0; c < 3; c++) {
        for (int p = 0; p < 1024; p++) {
          all[n * 3072 + p * 3 + c] = planes[c * 1024 + p];
        }
      }
    }
    return all;
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
