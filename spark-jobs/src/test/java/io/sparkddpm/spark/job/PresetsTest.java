package io.sparkddpm.spark.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.sampler.SampleConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.train.EmaSchedule;
import io.sparkddpm.train.OptimizerConfig;
import io.sparkddpm.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PresetsTest {
  private static final Path DIRECTORY = Path.of("..", "conf");

  private static DdpmConfig bind(ConfigLayer layer) {
    return ConfigBinder.bind(DdpmConfig.DEFAULTS, layer);
  }

  private static void checkWeightsExist(DdpmConfig config) {
    String weights = config.sample().weights();
    boolean exist =
        weights.equals("raw")
            || config.training().emaRates().stream().anyMatch(r -> weights.equals("ema-" + r));
    assertTrue(exist, weights + " of " + config.training().emaRates());
  }

  @Test
  void everyPresetBinds() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      List<Path> presets = files.filter(f -> f.toString().endsWith(".conf")).sorted().toList();
      assertTrue(presets.size() >= 2, presets.toString());
      presets.forEach(p -> checkWeightsExist(bind(ConfigLayer.file(p))));
    }
    checkWeightsExist(bind(Demo.defaults()));
  }

  /** Ho et al. 2020, sec. 4 and app. B. */
  @Test
  void thePapersRecipe() {
    DdpmConfig config = bind(ConfigLayer.file(DIRECTORY.resolve("cifar10.conf")));
    assertEquals(
        new ScheduleConfig(ScheduleConfig.Type.LINEAR, 1000, 1e-4, 0.02), config.schedule());
    assertEquals(VarianceType.BETA, config.diffusion().variance());
    assertEquals(35_746_307, NetworkFacts.of(config.model()).parameters());
    assertEquals(0.1, config.model().dropout());
    assertEquals(new OptimizerConfig(2e-4, 5000, 0.9, 0.999, 1e-8, 1.0), config.optimizer());
    TrainingConfig training = config.training();
    assertEquals(128, training.batchSize());
    assertEquals(800_000, training.steps());
    assertEquals(List.of(0.9999), training.emaRates());
    assertEquals(EmaSchedule.CONSTANT, training.emaSchedule());
    assertTrue(training.flip());
    assertEquals(SampleConfig.Kind.ANCESTRAL, config.sample().sampler());
    assertEquals(0, config.sample().steps());
    assertEquals(50_000, config.pipeline().sampleCount());
  }

  /** The same, for LSUN at 256x256. */
  @Test
  void thePapersLsun() {
    DdpmConfig bedroom = bind(ConfigLayer.file(DIRECTORY.resolve("lsun-bedroom.conf")));
    DdpmConfig church = bind(ConfigLayer.file(DIRECTORY.resolve("lsun-church.conf")));
    for (DdpmConfig config : List.of(bedroom, church)) {
      assertEquals(113_673_219, NetworkFacts.of(config.model()).parameters());
      assertEquals(0.0, config.model().dropout());
      assertEquals(
          new OptimizerConfig(2e-5, 5000, 0.9, 0.999, 1e-8, 1.0),
          config.optimizer().withMicroBatch(0));
      int share = config.training().batchSize() / config.training().workers();
      assertEquals(0, share % config.optimizer().microBatch(), "parts of equal size");
      assertEquals(64, config.training().batchSize());
      assertEquals(List.of(0.9999), config.training().emaRates());
      assertEquals(256, config.shard().imageSize());
      long window =
          3L * 256 * 256 * config.shard().recordsPerShard() * config.data().windowShards();
      assertTrue(window <= (long) config.data().cacheMegabytes() << 20, "a window fits");
    }
    assertEquals(2_400_000, bedroom.training().steps());
    assertEquals(1_200_000, church.training().steps());
    assertEquals(false, bedroom.training().flip());
    assertEquals(true, church.training().flip());
    assertEquals(bedroom.model(), church.model());
  }
}
