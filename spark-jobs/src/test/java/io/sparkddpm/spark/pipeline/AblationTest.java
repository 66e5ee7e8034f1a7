package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.data.Cifar10Source;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.job.TrainFixture;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AblationTest {
  private static final List<String> AXES =
      List.of(
          "e: diffusion.prediction=epsilon | v: diffusion.prediction=v",
          "simple: diffusion.variance=beta"
              + "| hybrid: training.objective=hybrid diffusion.variance=learned-range");

  private static final SortedMap<String, String> SMALL =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("model.image-size", "16"),
              Map.entry("model.channels", "8"),
              Map.entry("model.groups", "2"),
              Map.entry("model.multipliers", "[1]"),
              Map.entry("model.blocks", "1"),
              Map.entry("model.attention", "[]"),
              Map.entry("training.batch-size", "4"),
              Map.entry("training.steps", "3"),
              Map.entry("training.sample-every", "0"),
              Map.entry("sample.weights", "raw"),
              Map.entry("sample.steps", "2"),
              Map.entry("fid.force", "true"),
              Map.entry("evaluate.images", "4"),
              Map.entry("evaluate.timesteps", "3"),
              Map.entry("pipeline.sample-count", "6")));

  @Test
  void everyCombinationHasItsSettings() {
    List<AblationMatrix.Cell> cells = AblationMatrix.of(AXES, SMALL);
    assertEquals(
        List.of("e-simple", "e-hybrid", "v-simple", "v-hybrid"),
        cells.stream().map(AblationMatrix.Cell::name).toList());
    DdpmConfig last = cells.get(3).config();
    assertEquals(PredictionType.V, last.diffusion().prediction());
    assertEquals(VarianceType.LEARNED_RANGE, last.diffusion().variance());
    assertEquals(6, last.model().outputShape().dim(0));
    assertEquals(3, cells.get(2).config().model().outputShape().dim(0));
    cells.forEach(cell -> assertEquals(3, cell.config().training().steps()));
  }

  /** Every row of the paper's table 2. */
  @Test
  void thePresetIsUnderstood() {
    ConfigLayer file = ConfigLayer.file(Path.of("..", "conf", "ablation.conf"));
    ConfigBinder.Bound<DdpmConfig> bound = ConfigBinder.resolve(DdpmConfig.DEFAULTS, file);
    SortedMap<String, String> set = ConfigText.flatten(bound.value());
    set.keySet().retainAll(bound.sources().keySet());
    assertEquals(
        List.of(
            "mu-bound-learned",
            "mu-bound-fixed",
            "mu-simple",
            "epsilon-bound-learned",
            "epsilon-bound-fixed",
            "epsilon-simple"),
        AblationMatrix.of(bound.value().ablate().axes(), set).stream()
            .map(AblationMatrix.Cell::name)
            .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "e diffusion.prediction=v, 'e diffusion.prediction=v' is not understood",
    "e: diffusion.prediction, 'e: diffusion.prediction' is not understood",
    "e: seed=1 | e: seed=2, two alternatives of one axis are called e",
    "e: diffusion.predicton=v, diffusion.prediction",
    "e: diffusion.variance=learned-range, 'ablate.axes e: '"
  })
  void badAxesAreRefused(String axis, String why) {
    String message =
        assertThrows(UserException.class, () -> AblationMatrix.of(List.of(axis), SMALL))
            .getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void cellsSideBySideAndResumedHaveTheSameNumbers(@TempDir Path dir) throws IOException {
    try (SparkSession spark = TrainFixture.spark("local[2]")) {
      URI dataset = dataset(spark, dir);
      Ablation.Result two = ablation(spark, dataset, dir.resolve("two"), 2).run();
      byte[] table = Files.readAllBytes(Path.of(two.table()));
      assertEquals(5, new String(table, StandardCharsets.UTF_8).lines().count());
      for (Ablation.Row row : two.rows()) {
        assertTrue(Double.isFinite(row.distance().distance()) && row.bits().mean() > 0);
      }
      String page = Files.readString(Path.of(two.report()));
      assertTrue(page.contains("Rate and distortion") && page.contains("e-hybrid"));
      Files.delete(dir.resolve("two/cells/v-hybrid/fid/step-00000003.json"));
      Files.delete(Path.of(two.table()));
      Ablation.Result resumed = ablation(spark, dataset, dir.resolve("two"), 1).run();
      assertArrayEquals(table, Files.readAllBytes(Path.of(resumed.table())));
      Ablation.Result one = ablation(spark, dataset, dir.resolve("one"), 1).run();
      assertArrayEquals(table, Files.readAllBytes(Path.of(one.table())));
    } finally {
      ExecutorState.free();
    }
  }

  private static Ablation ablation(SparkSession spark, URI dataset, Path output, int atOnce) {
    return Ablation.on(spark)
        .settings(new AblateConfig(AXES, atOnce), SMALL)
        .dataset(dataset)
        .output(output.toUri());
  }

  private static URI dataset(SparkSession spark, Path dir) throws IOException {
    Path images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 12);
    }
    URI dataset = dir.resolve("dataset").toUri();
    ShardJob.on(spark)
        .inputs(List.of(images.toUri()))
        .output(dataset)
        .config(new ShardConfig(new Cifar10Source(), 16, ResizeFilter.AREA, 6, 0))
        .run();
    return dataset;
  }
}
