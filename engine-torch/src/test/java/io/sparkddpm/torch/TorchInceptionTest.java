package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.engine.Engines;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.RgbImage;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionLayer;
import io.sparkddpm.statistics.inception.InceptionV3;
import io.sparkddpm.statistics.inception.InceptionWeights;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Features by LibTorch, against an independent program and against the default engine. */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_DATA",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_DATA, a folder of real data")
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class TorchInceptionTest {
  private static final List<InceptionLayer> LAYERS =
      List.of(
          InceptionLayer.L64,
          InceptionLayer.L192,
          InceptionLayer.L768,
          InceptionLayer.L1280,
          InceptionLayer.L2048,
          InceptionLayer.SPATIAL);
  private static final List<String> KEYS =
      List.of("feat64", "feat192", "feat768", "feat1280", "feat2048_partial", "sfid2023");

  /** Those of the default engine: five times what float32 loses against float64, at least. */
  private static final double[] TOLERANCES = {5e-6, 5e-6, 1e-5, 1e-5, 2e-5, 3e-5};

  private static final TorchConfig.Device DEVICE =
      TorchConfig.Device.valueOf(System.getProperty("ddpm.torch.device", "CPU"));
  private static final InceptionEngine TORCH =
      new TorchInception(new TorchConfig(Precision.FLOAT32, DEVICE, true), 0);

  private static InceptionGraph graph;
  private static Map<String, NpyArray> golden;
  private static InceptionWeights weights;

  @BeforeAll
  static void load() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    String folder = System.getenv("DDPM_TEST_GOLDEN");
    Path file = Path.of(data, "inception", "classify_image_graph_def.partial.pb");
    assumeTrue(Files.exists(file), file + " does not exist");
    graph = InceptionGraph.parse(Files.readAllBytes(file), file.toString());
    Path features = Path.of(folder, "inception", "features.npz");
    try (InputStream in = Files.newInputStream(features)) {
      golden = Npz.read(in, features.toString());
    }
    weights = TORCH.load(graph);
  }

  @AfterAll
  static void free() {
    if (weights != null) {
      weights.close();
    }
  }

  private static byte[] pixels() {
    return golden.get("images_u8_nhwc").data();
  }

  @Test
  void isFoundWithItsEngineAndKnowsOnePrecision() {
    TorchConfig config = TorchConfig.DEFAULTS.withPrecision(Precision.BFLOAT16);
    assertEquals("torch-float32-cpu", Engines.inception(config).name());
    assertEquals(new TorchInception(TorchConfig.DEFAULTS, 0), Engines.inception(config));
  }

  @Test
  void featuresOfRealImagesEqualIndependentOnes() {
    try (InceptionV3 network = new InceptionV3(weights, LAYERS, 8)) {
      float[][] features = network.extract(pixels(), 16, 32, 32);
      for (int i = 0; i < KEYS.size(); i++) {
        double[] expected = golden.get(KEYS.get(i) + "_f64").toDoubles();
        double worst = worstRelativeDistance(features[i], expected, 16);
        assertTrue(worst <= TOLERANCES[i], KEYS.get(i) + ": relative L2 distance " + worst);
      }
    }
  }

  /** Each is that near to the true features, so they are within twice that of each other. */
  @Test
  void bothEnginesTakeTheSameFeatures() {
    List<InceptionLayer> all = List.of(InceptionLayer.values());
    try (InceptionWeights other = new OneDnnInception().load(graph);
        InceptionV3 ours = new InceptionV3(weights, all, 5, ResizeMode.CLEAN);
        InceptionV3 reference = new InceptionV3(other, all, 8, ResizeMode.CLEAN)) {
      assertEquals(reference.identity(), ours.identity());
      assertEquals(reference.layers(), ours.layers());
      float[][] features = ours.extract(pixels(), 16, 32, 32);
      float[][] expected = reference.extract(pixels(), 16, 32, 32);
      for (int i = 0; i < all.size(); i++) {
        int layer = LAYERS.indexOf(all.get(i));
        // Logits are products with the deepest features, whose tolerance is their own.
        double tolerance =
            2 * TOLERANCES[layer >= 0 ? layer : LAYERS.indexOf(InceptionLayer.L2048)];
        double[] values = new double[expected[i].length];
        for (int j = 0; j < values.length; j++) {
          values[j] = expected[i][j];
        }
        double worst = worstRelativeDistance(features[i], values, 16);
        assertTrue(worst <= tolerance, all.get(i) + ": relative L2 distance " + worst);
      }
    }
  }

  @Test
  void featuresDoNotDependOnTheCompany() {
    byte[] pixels = pixels();
    List<RgbImage> images =
        List.of(
            new RgbImage(Arrays.copyOfRange(pixels, 5000, 5000 + 20 * 15 * 3), 20, 15),
            new RgbImage(Arrays.copyOf(pixels, 3072), 32, 32),
            new RgbImage(Arrays.copyOfRange(pixels, 3072, 6144), 32, 32),
            new RgbImage(Arrays.copyOfRange(pixels, 6144, 9216), 32, 32));
    try (InceptionV3 network = new InceptionV3(weights, List.of(InceptionLayer.L2048), 3);
        InceptionV3 another = new InceptionV3(weights, List.of(InceptionLayer.L2048), 3)) {
      float[] together = network.extract(images)[0];
      for (int i = 0; i < images.size(); i++) {
        float[] alone = another.extract(List.of(images.get(i)))[0];
        assertArrayEquals(alone, Arrays.copyOfRange(together, 2048 * i, 2048 * (i + 1)));
      }
    }
  }

  @Test
  void everythingOffTheHeapIsFreed() {
    OffHeap.assertFreed(
        () -> {
          try (InceptionV3 network = new InceptionV3(weights, LAYERS, 2)) {
            network.extract(pixels(), 4, 32, 32);
            OffHeap.assertFreed(() -> network.extract(pixels(), 4, 32, 32));
          }
        });
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
