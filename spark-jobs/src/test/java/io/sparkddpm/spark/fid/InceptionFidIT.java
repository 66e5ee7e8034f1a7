package io.sparkddpm.spark.fid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()) {
      URI first = dataset(spark, "first", Arrays.copyOfRange(records, 0, 12 * RECORD));
      URI second = dataset(spark, "second", Arrays.copyOfRange(records, 12 * RECORD, 24 * RECORD));
      URI stats = temp.resolve("stats").toUri();
      FidConfig config = new FidConfig("192", 4);
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
          job(spark, second, first, network, new FidConfig("192", 5)).partitions(1).run();
      assertEquals(stored.distance(), computed.distance());
      assertEquals(64, stored.networkHash().length());
      assertEquals("tf1", stored.resize());
      assertTrue(stored.distance() > 0);
      assertTrue(
          stored.warnings().stream().anyMatch(w -> w.contains("is not the published network")),
          stored.warnings().toString());
    }
  }

  private static FidJob job(
      SparkSession spark, URI samples, URI reference, Path network, FidConfig config) {
    return FidJob.on(spark)
        .samples(samples)
        .reference(reference)
        .inception(network.toUri())
        .config(config);
  }

  private URI dataset(SparkSession spark, String name, byte[] records) throws IOException {
    Path file = temp.resolve(name + ".bin");
    Files.write(file, records);
    URI dataset = temp.resolve(name).toUri();
    ShardConfig d = ShardConfig.DEFAULTS;
    ShardConfig config =
        new ShardConfig(d.format(), d.imageSize(), d.resize(), 5, d.badImageLimit());
    ShardJob.on(spark).inputs(List.of(file.toUri())).output(dataset).config(config).run();
    return dataset;
  }
}
