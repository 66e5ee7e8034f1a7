package io.sparkddpm.spark.evaluation.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.metric.FrechetMetric;
import io.sparkddpm.spark.evaluation.metric.InceptionScoreMetric;
import io.sparkddpm.spark.evaluation.metric.InfinityMetric;
import io.sparkddpm.spark.evaluation.metric.KernelMetric;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.metric.MindMetric;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.InceptionScore;
import io.sparkddpm.statistics.LinearFit;
import io.sparkddpm.statistics.MongeDistance;
import io.sparkddpm.statistics.RandomConvFeatures;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics that draw directions or subsets, by the random network. */
class SampledMetricsTest {
  private static final int IMAGES = 90;
  private static final int DIMENSION = 192;
  private static final FidConfig CONFIG =
      FidConfig.DEFAULTS
          .withForce(true)
          .withMetrics(List.of("mind", "fid-infinity"))
          .withInfinity(4, 40);

  @TempDir static Path temp;
  private static SparkSession spark;

  @BeforeAll
  static void start() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
    for (int seed = 1; seed <= 2; seed++) {
      Path file = temp.resolve(seed + ".bin");
      try (OutputStream out = Files.newOutputStream(file)) {
        ShapesImages.write(out, seed, IMAGES);
      }
      ShardConfig d = ShardConfig.DEFAULTS;
      ShardJob.on(spark)
          .inputs(List.of(file.toUri()))
          .output(uri("set-" + seed))
          .config(new ShardConfig(d.format(), d.imageSize(), d.resize(), 20, 0))
          .run();
    }
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static URI uri(String name) {
    return temp.resolve(name).toUri();
  }

  private static FidResult measure(int partitions, FidConfig config, String output) {
    return FidJob.on(spark)
        .samples(uri("set-1"))
        .reference(uri("set-2"))
        .output(uri(output))
        .config(config)
        .partitions(partitions)
        .run();
  }

  /** Features of the images of a set. */
  private static float[] features(int seed) {
    byte[] pixels = new byte[IMAGES * 3072];
    for (int n = 0; n < IMAGES; n++) {
      byte[] planes = ShapesImages.draw(seed, n).image().data();
      for (int p = 0; p < 1024; p++) {
        for (int c = 0; c < 3; c++) {
          pixels[n * 3072 + 3 * p + c] = planes[c * 1024 + p];
        }
      }
    }
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      return network.extract(pixels, IMAGES, 32, 32)[0];
    }
  }

  @Test
  void resultsAreThoseOfThePlainComputationForAnyPartitions() throws IOException {
    FidResult one = measure(1, CONFIG, "one.json");
    FidResult three = measure(3, CONFIG, "three.json");
    assertEquals(one.measures(), three.measures());
    URI file = uri("one.json");
    byte[] json = Files.readAllBytes(Path.of(file));
    assertEquals(one.measures(), FidResultJson.read(json, file, Metrics.KNOWN).get(0).measures());
    assertTrue(Metrics.KNOWN.areIn(one.measures(), CONFIG));
    assertFalse(Metrics.KNOWN.areIn(one.measures(), CONFIG.withInfinity(4, 41)));
    float[] x = features(1);
    float[] y = features(2);
    MindMetric.Mind mind = one.measures().get(MindMetric.Mind.class).orElseThrow();
    double expected = mind(x, y, mind.directions());
    assertEquals(expected, mind.distance(), 1e-9 * expected);
    InfinityMetric.Extrapolated infinity =
        one.measures().get(InfinityMetric.Extrapolated.class).orElseThrow();
    LinearFit line = line(x, y);
    assertEquals(line.intercept(), infinity.distance(), 1e-8 * Math.abs(line.intercept()));
    assertEquals(line.slope(), infinity.slope(), 1e-8 * line.slope());
    assertTrue(infinity.distance() < one.distance(), "few samples make a distance larger");
    assertTrue(one.measuresSummary().contains("MIND "), one.measuresSummary());
    assertTrue(one.measuresSummary().contains("fd-random∞ "), one.measuresSummary());
  }

  private static double mind(float[] x, float[] y, int directions) {
    double mean = 0;
    for (int k = 0; k < directions; k++) {
      double[] theta = MongeDistance.directions(0, k, 1, DIMENSION);
      double[] first = MongeDistance.project(x, IMAGES, theta, DIMENSION);
      double[] second = MongeDistance.project(y, IMAGES, theta, DIMENSION);
      mean += MongeDistance.squaredWasserstein(first, second) / directions;
    }
    return 3 * DIMENSION * mean;
  }

  private static LinearFit line(float[] x, float[] y) {
    int[] sizes = {40, 57, 73, 90};
    double[] inverse = Arrays.stream(sizes).mapToDouble(n -> 1.0 / n).toArray();
    double[] distances = new double[sizes.length];
    for (int s = 0; s < sizes.length; s++) {
      long key = RandomStream.of(0, Purpose.FID_INFINITY, s).nextLong();
      KeyedPermutation order = new KeyedPermutation(IMAGES, key);
      float[] some = new float[sizes[s] * DIMENSION];
      int taken = 0;
      for (int row = 0; row < IMAGES; row++) {
        if (order.apply(row) < sizes[s]) {
          System.arraycopy(x, row * DIMENSION, some, DIMENSION * taken++, DIMENSION);
        }
      }
      assertEquals(sizes[s], taken);
      distances[s] =
          FrechetDistance.between(
                  FeatureStatistics.of(some, DIMENSION), FeatureStatistics.of(y, DIMENSION))
              .distance();
    }
    return LinearFit.of(inverse, distances);
  }

  @Test
  void tooFewSamplesForTheSubsetsAreRefused() {
    UserException e =
        assertThrows(UserException.class, () -> measure(1, CONFIG.withInfinity(4, 87), "few.json"));
    assertTrue(
        e.getMessage().contains("90 samples are too few to extrapolate from 4 subsets of at least"),
        e.getMessage());
  }

  /** Other programs read a result of the published network by torch-fidelity's keys. */
  @Test
  void onlyFidHasTheKeysOfTorchFidelity() throws IOException {
    JsonNode random = json("fd-random");
    assertTrue(random.path("frechet_inception_distance").isMissingNode());
    JsonNode fid = json("FID");
    assertEquals(3.5, fid.path("frechet_inception_distance").asDouble());
    assertEquals(9.5, fid.path("inception_score_mean").asDouble());
    assertEquals(0.25, fid.path("inception_score_std").asDouble());
    assertEquals(0.002, fid.path("kernel_inception_distance_mean").asDouble());
    assertEquals(0.001, fid.path("kernel_inception_distance_std").asDouble());
  }

  private static JsonNode json(String metric) throws IOException {
    FrechetDistance terms = new FrechetDistance(3.5, 1, 2, 3, 1.25, 10, 10);
    Measures measures =
        new Measures(
            List.of(
                new FrechetMetric.Distance(metric, terms, Optional.empty()),
                new InceptionScoreMetric.Score(new InceptionScore(9.5, 0.25)),
                new KernelMetric.Kid(
                    0.003, Optional.of(new KernelMetric.Subsets(0.002, 0.001, 100, 1000, 0)))));
    FidResult.Side side = new FidResult.Side(URI.create("file:/a"), "folder", "", 9, "");
    FidResult result =
        new FidResult(
            measures,
            "2048",
            2048,
            "tf1",
            "inception",
            "",
            side,
            side,
            new TreeMap<>(),
            new ArrayList<>(),
            1,
            Optional.empty());
    return new ObjectMapper().readTree(FidResultJson.write(List.of(result)));
  }
}
