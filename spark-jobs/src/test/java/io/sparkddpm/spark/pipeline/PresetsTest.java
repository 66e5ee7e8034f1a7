package io.sparkddpm.spark.pipeline;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.solver.AncestralSolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PresetsTest {
  private static final Path DIRECTORY = Path.of("..", "conf");

  private static DdpmConfig bind(ConfigLayer layer) {
    return ConfigBinder.bind(DdpmConfig.DEFAULTS, layer);
  }

  private static void checkWeightsExist(DdpmConfig config) {
    String weights = config.sample().weights();
    List<String> averages = config.training().ema().names();
    assertTrue(weights.equals("raw") || averages.contains(weights), weights + " of " + averages);
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
    assertEquals(new LinearSchedule(1000, 1e-4, 0.02), config.schedule());
    assertEquals(VarianceType.BETA, config.diffusion().variance());
    assertEquals(35_746_307, NetworkFacts.of(config.model()).parameters());
    assertEquals(0.1, ((UNetConfig) config.model()).dropout());
    assertEquals(
        new OptimizerConfig(new LearningRate.Constant(2e-4, 5000), 0.9, 0.999, 1e-8, 1.0),
        config.optimizer());
    TrainingConfig training = config.training();
    assertEquals(128, training.batchSize());
    assertEquals(800_000, training.steps());
    assertEquals(new EmaConfig.Constant(List.of(0.9999)), training.ema());
    assertTrue(training.flip());
    assertEquals(new AncestralSolver(1), config.sample().solver());
    assertEquals(0, config.sample().steps());
    assertEquals(50_000, config.pipeline().sampleCount());
  }

  /** What the paper (sec. 4, app. B) and the official scripts say, key by key. */
  private static final Map<String, String> ALL_DATA_SETS =
      Map.ofEntries(
          entry("schedule.type", "linear"),
          entry("schedule.steps", "1000"),
          entry("schedule.beta-start", "1.0E-4"),
          entry("schedule.beta-end", "0.02"),
          entry("diffusion.prediction", "epsilon"),
          entry("diffusion.clip-x0", "true"),
          entry("model.input-channels", "3"),
          entry("model.output-channels", "3"),
          entry("model.channels", "128"),
          entry("model.blocks", "2"),
          entry("model.groups", "32"),
          entry("model.attention", "[16]"),
          entry("optimizer.schedule.warmup-steps", "5000"),
          entry("optimizer.beta1", "0.9"),
          entry("optimizer.beta2", "0.999"),
          entry("optimizer.epsilon", "1.0E-8"),
          entry("optimizer.clip-norm", "1.0"),
          entry("training.ema.rates", "[0.9999]"),
          entry("training.ema.type", "constant"),
          entry("training.averaging.type", "gradients"),
          entry("sample.solver.type", "ancestral"),
          entry("sample.steps", "0"),
          entry("sample.solver.noise-scale", "1.0"),
          entry("sample.weights", "ema-0.9999"),
          entry("pipeline.sample-count", "50000"));

  private static final Map<String, Map<String, String>> EACH_DATA_SET =
      Map.of(
          "cifar10.conf",
          Map.of(
              "diffusion.variance", "beta", // model_var_type fixedlarge
              "model.image-size", "32",
              "model.multipliers", "[1, 2, 2, 2]",
              "model.dropout", "0.1",
              "optimizer.schedule.learning-rate", "2.0E-4",
              "training.batch-size", "128",
              "training.steps", "800000",
              "training.flip", "true"),
          "lsun-bedroom.conf",
          Map.of(
              "diffusion.variance", "beta-tilde", // fixedsmall
              "model.image-size", "256",
              "model.multipliers", "[1, 1, 2, 2, 4, 4]",
              "model.dropout", "0.0",
              "optimizer.schedule.learning-rate", "2.0E-5",
              "training.batch-size", "64",
              "training.steps", "2400000",
              "training.flip", "false"),
          "lsun-church.conf",
          Map.of(
              "diffusion.variance", "beta-tilde",
              "model.image-size", "256",
              "model.multipliers", "[1, 1, 2, 2, 4, 4]",
              "model.dropout", "0.0",
              "optimizer.schedule.learning-rate", "2.0E-5",
              "training.batch-size", "64",
              "training.steps", "1200000",
              "training.flip", "true"));

  @ParameterizedTest
  @ValueSource(strings = {"cifar10.conf", "lsun-bedroom.conf", "lsun-church.conf"})
  void everyPublishedValue(String preset) {
    ConfigLayer layer = ConfigLayer.file(DIRECTORY.resolve(preset));
    SortedMap<String, String> values = ConfigText.flatten(bind(layer));
    SortedMap<String, String> wanted = new TreeMap<>(ALL_DATA_SETS);
    wanted.putAll(EACH_DATA_SET.get(preset));
    values.keySet().retainAll(wanted.keySet());
    assertEquals(wanted, values);
    Set<String> left = new TreeSet<>(wanted.keySet());
    left.removeAll(layer.keys());
    left.remove("sample.solver.noise-scale");
    assertEquals(Set.of(), left, "every figure is in the file, not left to our defaults");
  }

  /** Nichol and Dhariwal 2021: flags in the README of improved-diffusion, defaults in its code. */
  @Test
  void theImprovedRecipe() {
    Map<String, String> wanted =
        Map.ofEntries(
            entry("schedule.type", "cosine"), // --noise_schedule cosine
            entry("schedule.steps", "4000"), // --diffusion_steps 4000
            entry("diffusion.prediction", "epsilon"),
            entry("diffusion.variance", "learned-range"), // --learn_sigma True
            entry("diffusion.clip-x0", "true"), // clip_denoised
            entry("model.image-size", "32"), // --image_size 32
            entry("model.channels", "128"), // --num_channels 128
            entry("model.multipliers", "[1, 2, 2, 2]"),
            entry("model.blocks", "3"), // --num_res_blocks 3
            entry("model.attention", "[16, 8]"),
            entry("model.dropout", "0.3"), // --dropout 0.3
            entry("model.groups", "32"), // GroupNorm32
            entry("model.head-channels", "64"), // num_heads 4, of 256 channels
            entry("optimizer.schedule.learning-rate", "1.0E-4"), // --lr 1e-4
            entry("optimizer.schedule.warmup-steps", "0"),
            entry("optimizer.beta1", "0.9"),
            entry("optimizer.beta2", "0.999"),
            entry("optimizer.epsilon", "1.0E-8"),
            entry("optimizer.clip-norm", "0.0"),
            entry("training.objective.type", "hybrid"), // rescale_learned_sigmas
            entry("training.objective.lambda", "0.001"),
            entry("training.batch-size", "128"), // --batch_size 128
            entry("training.steps", "500000"),
            entry("training.ema.rates", "[0.9999]"),
            entry("training.ema.type", "constant"),
            entry("training.flip", "false"));
    ConfigLayer layer = ConfigLayer.file(DIRECTORY.resolve("cifar10-improved.conf"));
    DdpmConfig config = bind(layer);
    SortedMap<String, String> values = ConfigText.flatten(config);
    values.keySet().retainAll(wanted.keySet());
    assertEquals(wanted, values);
    assertTrue(layer.keys().containsAll(wanted.keySet()), "every figure is in the file");
    assertEquals(6, config.model().outputShape().dim(0));
    config.runSettings();
  }

  @Test
  void theConditionalRecipeIsThePapersWithClasses() {
    DdpmConfig paper = bind(ConfigLayer.file(DIRECTORY.resolve("cifar10.conf")));
    DdpmConfig config = bind(ConfigLayer.file(DIRECTORY.resolve("cifar10-conditional.conf")));
    assertEquals(
        List.of("model.classes", "model.label-dropout"),
        config.runSettings().keysThatDiffer(paper.runSettings()));
    assertEquals(10, config.model().classes());
    assertEquals(0.1, config.model().labelDropout());
  }

  /** The same, for LSUN at 256x256. */
  @Test
  void thePapersLsun() {
    DdpmConfig bedroom = bind(ConfigLayer.file(DIRECTORY.resolve("lsun-bedroom.conf")));
    DdpmConfig church = bind(ConfigLayer.file(DIRECTORY.resolve("lsun-church.conf")));
    for (DdpmConfig config : List.of(bedroom, church)) {
      assertEquals(113_673_219, NetworkFacts.of(config.model()).parameters());
      assertEquals(0.0, ((UNetConfig) config.model()).dropout());
      assertEquals(
          new OptimizerConfig(new LearningRate.Constant(2e-5, 5000), 0.9, 0.999, 1e-8, 1.0),
          config.optimizer().withMicroBatch(0));
      int share = config.training().batchSize() / config.training().workers();
      assertEquals(0, share % config.optimizer().microBatch(), "parts of equal size");
      assertEquals(64, config.training().batchSize());
      assertEquals(new EmaConfig.Constant(List.of(0.9999)), config.training().ema());
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

  @ParameterizedTest
  @CsvSource({"'', 173711, 704356", "lsun-, 83653863, 35748612"})
  void latentsAreThoseOfTheAutoencoder(String which, long coding, long drawing) {
    DdpmConfig autoencoder = bind(ConfigLayer.file(DIRECTORY.resolve(which + "autoencoder.conf")));
    DdpmConfig latents = bind(ConfigLayer.file(DIRECTORY.resolve(which + "latents.conf")));
    assertEquals(coding, NetworkFacts.of(autoencoder.model()).parameters());
    assertEquals(drawing, NetworkFacts.of(latents.model()).parameters());
    assertEquals(
        ((AutoencoderConfig) autoencoder.runSettings().model()).latent(),
        latents.runSettings().model().inputShape());
    assertFalse(latents.diffusion().clipX0());
  }
}
