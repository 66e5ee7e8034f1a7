package io.sparkddpm.spark.evaluation.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.stats.StatisticsMerge;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionWeights;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Inception network on executors, on real images. */
class InceptionFidIT {
  private static final int RECORD = 3073;

  private static Path network;
  private static byte[] records;

  @TempDir Path temp;

  @BeforeAll
  static void findData() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    network = Path.of(data, "inception/classify_image_graph_def.partial.pb");
    Path images = Path.of(data, "cifar10/test_batch_first1000.bin");
    assumeTrue(Files.exists(network) && Files.exists(images), data + " has no network or images");
    records = Files.readAllBytes(images);
  }

  @Test
  void distancesDoNotDependOnTasksOrBatches() throws IOException {
    try (SparkSession spark = session()) {
      URI first = dataset(spark, "first", Arrays.copyOfRange(records, 0, 12 * RECORD), 5);
      URI second =
          dataset(spark, "second", Arrays.copyOfRange(records, 12 * RECORD, 24 * RECORD), 5);
      URI stats = temp.resolve("stats").toUri();
      FidConfig config =
          FidConfig.DEFAULTS
              .withLayer("192")
              .withBatchSize(4)
              .withForce(true)
              .withUnknownNetwork(true);
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

  /** Everything between 500 and 500 real images, made by an independent program in float64. */
  @Test
  void measuresOfRealImagesEqualIndependentOnes() throws IOException {
    try (SparkSession spark = session()) {
      URI reference = dataset(spark, "a", Arrays.copyOfRange(records, 0, 500 * RECORD), 50);
      URI samples =
          dataset(spark, "b", Arrays.copyOfRange(records, 500 * RECORD, 1000 * RECORD), 50);
      FidConfig config =
          FidConfig.DEFAULTS
              .withLayer("192")
              .withForce(true)
              .withUnknownNetwork(true)
              .withMetrics(List.of("fid", "kid", "pr"))
              .withSubsets(4, 100);
      Path json = temp.resolve("fid.json");
      job(spark, samples, reference, network, config).output(json.toUri()).run();
      JsonNode written = new ObjectMapper().readTree(json.toFile());
      assertEquals("FID-192", written.get("metric").asText());
      double expected = 0.16385613648721886;
      assertEquals(expected, written.get("distance").asDouble(), 1e-5 * expected);
      assertEquals(15.908034564878871, written.at("/terms/trace-samples").asDouble(), 1e-5);
      assertEquals(-0.01450513151002042, written.at("/kid/full").asDouble(), 1e-6);
      assertEquals(469, written.at("/manifold/precise").asInt(), 1);
      assertEquals(454, written.at("/manifold/recalled").asInt(), 1);
      assertEquals(10, written.at("/interval/left-out-shards").asInt());
      assertTrue(written.at("/interval/high").asDouble() > expected);
      String all = written.get("warnings").toString();
      assertTrue(all.contains("is not the published network"), all);
      UserException e =
          assertThrows(
              UserException.class,
              () ->
                  job(spark, samples, reference, network, config.withUnknownNetwork(false)).run());
      assertTrue(e.getMessage().contains("say so (--unknown-network"), e.getMessage());
    }
  }

  /**
   * Of the deeper layers: 8 and 8 images, whose distances numpy took of an independent program's
   * features.
   */
  @Test
  void distancesOfDeepFeaturesEqualIndependentOnes() throws IOException {
    try (SparkSession spark = session()) {
      URI reference = dataset(spark, "a", Arrays.copyOfRange(records, 0, 8 * RECORD), 4);
      URI samples = dataset(spark, "b", Arrays.copyOfRange(records, 8 * RECORD, 16 * RECORD), 4);
      FidConfig config =
          FidConfig.DEFAULTS
              .withLayer("768")
              .withForce(true)
              .withUnknownNetwork(true)
              .withMetrics(List.of("fid", "sfid"));
      Path json = temp.resolve("fid.json");
      job(spark, samples, reference, network, config).output(json.toUri()).run();
      JsonNode written = new ObjectMapper().readTree(json.toFile());
      double expected = 1.8516611362955118;
      assertEquals(expected, written.get("distance").asDouble(), 1e-5 * expected);
      double spatial = 725.7336163218415;
      assertEquals("sFID", written.at("/sfid/name").asText());
      assertEquals(spatial, written.at("/sfid/distance").asDouble(), 1e-5 * spatial);
    }
  }

  /** The same images by three modes; statistics by another mode are refused. */
  @Test
  void resizeModesDoNotMix() throws IOException {
    try (SparkSession spark = session()) {
      URI some = dataset(spark, "some", Arrays.copyOfRange(records, 0, 8 * RECORD), 4);
      URI stats = temp.resolve("stats").toUri();
      FidConfig config =
          FidConfig.DEFAULTS
              .withLayer("64")
              .withForce(true)
              .withUnknownNetwork(true)
              .withResize(ResizeMode.CLEAN);
      ReferenceStatsJob.on(spark)
          .input(some)
          .output(stats)
          .inception(network.toUri())
          .config(config)
          .run();
      FidResult same = job(spark, some, stats, network, config).run();
      assertEquals("clean", same.resize());
      assertEquals(0, same.distance(), 1e-6 * same.terms().trace1());
      UserException e =
          assertThrows(
              UserException.class,
              () -> job(spark, some, stats, network, config.withResize(ResizeMode.PYTORCH)).run());
      assertTrue(e.getMessage().contains("resize clean"), e.getMessage());
      assertTrue(e.getMessage().contains("resize pytorch"), e.getMessage());
    }
  }

  /** The same computation under another name. */
  private record Renamed() implements InceptionEngine {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return "renamed";
    }

    @Override
    public InceptionWeights load(InceptionGraph graph) {
      return new OneDnnInception().load(graph);
    }
  }

  @Test
  void resultsSayWhichEngineTookTheFeatures() throws IOException {
    try (SparkSession spark = session()) {
      URI some = dataset(spark, "some", Arrays.copyOfRange(records, 0, 8 * RECORD), 4);
      URI ours = temp.resolve("ours").toUri();
      URI others = temp.resolve("others").toUri();
      FidConfig config =
          FidConfig.DEFAULTS.withLayer("64").withForce(true).withUnknownNetwork(true);
      ReferenceStatsJob job =
          ReferenceStatsJob.on(spark).input(some).inception(network.toUri()).config(config);
      job.output(ours).run();
      job.output(others).engine(new Renamed()).run();

      FidResult same = job(spark, some, ours, network, config).run();
      assertEquals("dl4j", same.samples().engine());
      assertEquals("dl4j", same.reference().engine());
      assertFalse(same.warnings().toString().contains("features of the samples by"));

      URI json = temp.resolve("fid.json").toUri();
      FidResult mixed = job(spark, some, others, network, config).output(json).run();
      assertEquals("renamed", mixed.reference().engine());
      assertTrue(
          mixed
              .warnings()
              .contains(
                  "features of the samples by dl4j, of the reference by renamed: they agree but"
                      + " for rounding"),
          mixed.warnings().toString());
      FidResult again =
          job(spark, some, others, network, config)
              .engine(new Renamed())
              .output(json)
              .reuse(true)
              .run();
      assertEquals("renamed", again.samples().engine());

      UserException there =
          assertThrows(UserException.class, () -> job.output(ours).engine(new Renamed()).run());
      assertTrue(
          there.getMessage().contains("features by engine dl4j, not renamed"), there.getMessage());
      URI merged = temp.resolve("merged").toUri();
      Configuration conf = spark.sparkContext().hadoopConfiguration();
      UserException apart =
          assertThrows(
              UserException.class,
              () -> StatisticsMerge.run(conf, List.of(ours, others), List.of(), merged));
      assertTrue(apart.getMessage().endsWith("by dl4j: they do not merge"), apart.getMessage());
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
