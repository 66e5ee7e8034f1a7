package io.sparkddpm.statistics.inception;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.statistics.RgbImage;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_DATA",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_DATA, a folder of real data")
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class InceptionV3Test {
  private static final String GRAPH = "inception/classify_image_graph_def.partial.pb";

  private static InceptionWeights weights;
  private static Map<String, NpyArray> golden;

  @BeforeAll
  static void load() throws IOException {
    Path file = SharedFiles.data(GRAPH);
    golden = SharedFiles.goldenArrays("inception/features.npz");
    weights = new OneDnnWeights(InceptionGraph.parse(Files.readAllBytes(file), file.toString()));
  }

  @AfterAll
  static void free() {
    if (weights != null) {
      weights.close();
    }
  }

  /** Tolerances: five times what float32 loses against float64 over 1,000 images, at least. */
  @Test
  void featuresOfRealImagesEqualIndependentOnes() {
    List<InceptionLayer> layers =
        List.of(
            InceptionLayer.L64,
            InceptionLayer.L192,
            InceptionLayer.L768,
            InceptionLayer.L1280,
            InceptionLayer.L2048,
            InceptionLayer.SPATIAL);
    List<String> keys =
        List.of("feat64", "feat192", "feat768", "feat1280", "feat2048_partial", "sfid2023");
    double[] tolerances = {5e-6, 5e-6, 1e-5, 1e-5, 2e-5, 3e-5};
    byte[] pixels = golden.get("images_u8_nhwc").data();
    try (InceptionV3 network = new InceptionV3(weights, layers, 8)) {
      float[][] features = network.extract(pixels, 16, 32, 32);
      for (int i = 0; i < keys.size(); i++) {
        double[] expected = golden.get(keys.get(i) + "_f64").toDoubles();
        double worst = worstRelativeDistance(features[i], expected, 16);
        assertTrue(worst <= tolerances[i], keys.get(i) + ": relative L2 distance " + worst);
      }
    }
  }

  @Test
  void featuresDoNotDependOnTheBatch() {
    byte[] pixels = golden.get("images_u8_nhwc").data();
    List<InceptionLayer> layers = List.of(InceptionLayer.L768, InceptionLayer.L2048);
    try (InceptionV3 seven = new InceptionV3(weights, layers, 7);
        InceptionV3 one = new InceptionV3(weights, layers, 1);
        InceptionV3 sixteen = new InceptionV3(weights, layers, 16)) {
      float[][] expected = one.extract(pixels, 9, 32, 32);
      assertArrayEquals(expected, seven.extract(pixels, 9, 32, 32));
      float[][] all = sixteen.extract(pixels, 16, 32, 32);
      assertArrayEquals(expected[1], Arrays.copyOf(all[1], expected[1].length));
    }
  }

  @Test
  void imagesOfMixedSizesHaveTheFeaturesTheyHaveAlone() {
    byte[] pixels = golden.get("images_u8_nhwc").data();
    List<RgbImage> images =
        List.of(
            new RgbImage(Arrays.copyOf(pixels, 3072), 32, 32),
            new RgbImage(Arrays.copyOfRange(pixels, 5000, 5000 + 20 * 15 * 3), 20, 15),
            new RgbImage(Arrays.copyOfRange(pixels, 3072, 6144), 32, 32));
    try (InceptionV3 network = new InceptionV3(weights, List.of(InceptionLayer.L192), 2)) {
      float[] together = network.extract(images)[0];
      for (int i = 0; i < 3; i++) {
        float[] alone = network.extract(List.of(images.get(i)))[0];
        assertArrayEquals(alone, Arrays.copyOfRange(together, 192 * i, 192 * (i + 1)));
      }
    }
  }

  @Test
  void theLogitsComeFromTheLastPooling() {
    byte[] pixels = golden.get("images_u8_nhwc").data();
    try (InceptionV3 network = new InceptionV3(weights, List.of(InceptionLayer.LOGITS), 4)) {
      float[][] logits = network.extract(pixels, 5, 32, 32);
      assertEquals(5 * 1008, logits[0].length);
      assertTrue(logits[0][5 * 1008 - 1] != 0);
    }
  }

  /** The file at hand has other weights behind mixed_8, and another size. */
  @Test
  void onlyLayersOfPublishedConvolutionsGiveAFid() {
    List<InceptionLayer> layers = List.of(InceptionLayer.values());
    try (InceptionV3 network = new InceptionV3(weights, layers, 1)) {
      List<String> metrics = network.layers().stream().map(l -> l.metric()).toList();
      assertEquals(
          List.of(
              "FID-64",
              "FID-192",
              "sFID",
              "FID-768",
              "FID-1280",
              "fd-inception-2048",
              "fd-inception-logits",
              "fd-inception-logits-without-bias"),
          metrics);
    }
  }

  @Test
  void theBiasIsAllThatTheTwoKindsOfLogitsDifferIn() {
    byte[] pixels = golden.get("images_u8_nhwc").data();
    List<InceptionLayer> layers =
        List.of(InceptionLayer.LOGITS, InceptionLayer.LOGITS_WITHOUT_BIAS, InceptionLayer.L2048);
    try (InceptionV3 network = new InceptionV3(weights, layers, 3)) {
      float[][] features = network.extract(pixels, 2, 32, 32);
      float[] bias = weights.network().classBias();
      for (int i = 0; i < 2 * 1008; i++) {
        assertEquals(features[0][i], features[1][i] + bias[i % 1008], 1e-5);
      }
      double expected = 0;
      for (int k = 0; k < 2048; k++) {
        expected += (double) features[2][2048 + k] * weights.network().classes()[7 * 2048 + k];
      }
      assertEquals(expected, features[1][1008 + 7], 1e-4);
    }
  }

  private static double worstRelativeDistance(float[] actual, double[] expected, int count) {
    int dimension = expected.length / count;
    double worst = 0;
    for (int i = 0; i < count; i++) {
      double difference = 0;
      double norm = 0;
      for (int j = i * dimension; j < (i + 1) * dimension; j++) {
        difference += (actual[j] - expected[j]) * (actual[j] - expected[j]);
        norm += expected[j] * expected[j];
      }
      worst = Math.max(worst, Math.sqrt(difference / norm));
    }
    return worst;
  }
}
