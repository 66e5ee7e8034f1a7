package io.sparkddpm.spark.fid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Inception network on executors, on real images. */
class InceptionFidIT {
  private static final int RECORD = 3073;

  @TempDir Path temp;

  @Test
  void distancesDoNotDependOnTasksOrBatches() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    Path network = Path.of(data, "inception/classify_image_graph_def.partial.pb");
    Path images = Path.of(data, "cifar10/test_batch_first1000.bin");
    assumeTrue(Files.exists(network) && Files.exists(images), data + " has no network or images");
    byte[] records = Files.readAllBytes(images);
    try (SparkSession spark = session()) {
      URI first = dataset(spark, "first", Arrays.copyOfRange(records, 0, 12 * RECORD), 5);
      URI second =
          dataset(spark, "second", Arrays.copyOfRange(records, 12 * RECORD, 24 * RECORD), 5);
      URI stats = temp.resolve("stats").toUri();
      FidConfig config = FidConfig.DEFAULTS.withLayer("192").withBatchSize(4).withForce(true);
      ReferenceStatsJob.Result reference =
          ReferenceStatsJob.on(spark)
              .input(first)
              .output(stats)
              .inception(network.toUri())
              .config(config)
              .partitions(1)
              .run();
      assertEquals("FID-192", reference.metric());
      FidResult stored = job(spark, second, stats, network, config).partitions(3).run();
      FidResult computed =
          job(spark, second, first, network, config.withBatchSize(5)).partitions(1).run();
      assertEquals(stored.distance(), computed.distance());
      assertEquals(64, stored.networkHash().length());
      assertEquals("tf1", stored.resize());
      assertTrue(stored.distance() > 0);
      assertTrue(
          stored.warnings().stream().anyMatch(w -> w.contains("is not the published network")),
          stored.warnings().toString());
    }
  }

  /** The distance between 500 and 500 real images, made by an independent program in float64. */
  @Test
  void theDistanceOfRealImagesEqualsAnIndependentOne() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    Path network = Path.of(data, "inception/classify_image_graph_def.partial.pb");
    Path images = Path.of(data, "cifar10/test_batch_first1000.bin");
    assumeTrue(Files.exists(network) && Files.exists(images), data + " has no network or images");
    byte[] records = Files.readAllBytes(images);
    try (SparkSession spark = session()) {
      URI reference = dataset(spark, "a", Arrays.copyOfRange(records, 0, 500 * RECORD), 50);
      URI samples =
          dataset(spark, "b", Arrays.copyOfRange(records, 500 * RECORD, 1000 * RECORD), 50);
      FidConfig config = FidConfig.DEFAULTS.withLayer("192");
      Path json = temp.resolve("fid.json");
      job(spark, samples, reference, network, config).output(json.toUri()).run();
      JsonNode written = new ObjectMapper().readTree(json.toFile());
      double expected = 0.16385614695338546;
      assertEquals(expected, written.get("distance").asDouble(), 1e-5 * expected);
      assertEquals(15.908034638130847, written.at("/terms/trace-samples").asDouble(), 1e-4);
      assertEquals("FID-192", written.get("metric").asText());
      assertEquals(10, written.at("/interval/left-out-shards").asInt());
      assertTrue(written.at("/interval/high").asDouble() > expected);
    }
  }

  private static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("test")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private static FidJob job(
      SparkSession spark, URI samples, URI reference, Path network, FidConfig config) {
    return FidJob.on(spark)
        .samples(samples)
        .reference(reference)
        .inception(network.toUri())
        .config(config);
  }

  private URI dataset(SparkSession spark, String name, byte[] records, int perShard)
      throws IOException {
    Path file = temp.resolve(name + ".bin");
    Files.write(file, records);
    URI dataset = temp.resolve(name).toUri();
    ShardConfig d = ShardConfig.DEFAULTS;
    ShardConfig config =
        new ShardConfig(d.format(), d.imageSize(), d.resize(), perShard, d.badImageLimit());
    ShardJob.on(spark).inputs(List.of(file.toUri())).output(dataset).config(config).run();
    return dataset;
  }
}
