package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.NoiseSource;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders that diffusers wrote become runs whose network and samplers give diffusers' numbers in
 * float64, and come out again byte for byte. Bounds: those of the numbers' own notes, a few times
 * the error of diffusers itself in float32 (3.6e-6 and 7.3e-6).
 */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class DiffusersFolderTest {
  private static final double OUTPUT = 2e-5;
  private static final double IMAGE = 5e-5;
  private static final Shape SHAPE = Shape.of(3, 16, 16);

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[1]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static Path golden(String folder) {
    return Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", folder);
  }

  private static SortedMap<String, NpyArray> numbers(String folder) throws IOException {
    try (InputStream in = Files.newInputStream(golden(folder).resolve("golden.npz"))) {
      return Npz.read(in, folder);
    }
  }

  private static RunSettings settings(String folder) {
    Map<String, String> keys =
        new TreeMap<>(DiffusersFolder.of(CONF, golden(folder).toUri()).settings());
    if (keys.get("diffusion.variance").equals("learned-range")) {
      keys.put("training.objective.type", "hybrid");
    }
    return ConfigBinder.bind(RunSettings.DEFAULTS, ConfigLayer.values(folder, keys));
  }

  /** Imports weights into a new run with a folder's settings. */
  private static Checkpoint imported(String folder, Path weights, String run) {
    return TrainJob.on(spark)
        .directory(dir.resolve(run).toUri())
        .settings(settings(folder))
        .begin(weights.toUri(), Optional.empty());
  }

  private static void near(double[] expected, float[] found, double tolerance) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], tolerance);
    }
  }

  private static Condition condition(Map<String, NpyArray> golden) {
    NpyArray labels = golden.get("labels");
    return labels == null
        ? Condition.none(2)
        : Condition.labels((int) labels.toDoubles()[0], (int) labels.toDoubles()[1]);
  }

  /** Checks outputs, trajectories and pictures of a run. */
  private static void check(Checkpoint run, SortedMap<String, NpyArray> golden) {
    Nd4jEngine engine = new Nd4jEngine();
    try (TrainableNetwork network =
        engine.create(run.modelConfig(), run.settings().optimizer(), 1)) {
      network.loadParameters(run.weights("ema-0.9999", engine.layout(run.modelConfig())));
      Batch x = new Batch(golden.get("x").toFloats(), 2, SHAPE);
      Batch output = new Batch(2, run.modelConfig().outputShape());
      network.forward(x, golden.get("t").toDoubles(), condition(golden), output);
      near(golden.get("y_f64").toDoubles(), output.data(), OUTPUT);

      DiscreteProcess process = new DiscreteProcess(NoiseSchedule.of(run.schedule()));
      Denoiser denoiser = run.diffusion().denoiser(network, process);
      TimeGrid ten = Spacing.LEADING.grid(10, process);
      draw(denoiser, ten, AncestralSolver.DEFAULTS, golden, "ddpm", StepListener.NONE);
      if (golden.containsKey("ddim_f64")) {
        double[] second = golden.get("ddim_step1_f64").toDoubles();
        StepListener afterOne =
            (step, level, xt, x0) -> {
              if (step == 1) {
                near(second, xt.data(), IMAGE);
              }
            };
        Solver ddim = new DdimSolver(0, DdimSolver.Epsilon.PREDICTED);
        draw(denoiser, Spacing.LEADING.grid(20, process), ddim, golden, "ddim", afterOne);
      }
    }
  }

  private static void draw(
      Denoiser denoiser,
      TimeGrid grid,
      Solver solver,
      SortedMap<String, NpyArray> golden,
      String name,
      StepListener listener) {
    double[] levels = grid.levels();
    double[] theirs = golden.get(name + "_timesteps").toDoubles();
    assertArrayEquals(theirs, java.util.Arrays.copyOf(levels, theirs.length));
    Batch drawn = solver.sample(denoiser, grid, noise(golden), condition(golden), SHAPE, listener);
    near(golden.get(name + "_f64").toDoubles(), drawn.data(), IMAGE);
    double[] picture = golden.get(name + "_u8").toDoubles();
    int places = 16 * 16;
    for (int i = 0; i < picture.length; i++) {
      int image = i / (3 * places);
      int place = i % (3 * places) / 3;
      float value = drawn.data()[(image * 3 + i % 3) * places + place];
      long level = Math.round(255 * Math.max(0, Math.min(1, value / 2 + 0.5)));
      assertEquals(picture[i], level, 1);
    }
  }

  /** x_T, then the stored noise of each step. */
  private static NoiseSource noise(SortedMap<String, NpyArray> golden) {
    float[] first = golden.get("x_T").toFloats();
    float[] steps = golden.get("step_noise").toFloats();
    Map<Integer, Integer> drawn = new HashMap<>();
    return (item, to, offset, length) -> {
      int step = drawn.merge(item, 1, Integer::sum) - 2;
      float[] from = step < 0 ? first : steps;
      int begin = (Math.max(0, step) * 2 + item) * length;
      System.arraycopy(from, begin, to, offset, length);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"uncond", "classcond", "head_dim8"})
  void aFolderBecomesARunWithItsOutputsAndImages(String folder) throws IOException {
    Checkpoint run = imported(folder, golden(folder), "run-" + folder);
    assertTrue(run.dataset().isEmpty());
    check(run, numbers(folder));

    Path out = dir.resolve("out-" + folder);
    DiffusersFolder.of(CONF, out.toUri()).write(run, "raw");
    String weights = "unet/diffusion_pytorch_model.safetensors";
    assertArrayEquals(
        Files.readAllBytes(golden(folder).resolve(weights)),
        Files.readAllBytes(out.resolve(weights)));
    Checkpoint again = imported(folder, out, "again-" + folder);
    assertEquals(run.settings(), again.settings());
    assertArrayEquals(run.weights("raw"), again.weights("raw"));
    var e =
        assertThrows(
            UserException.class, () -> DiffusersFolder.of(CONF, out.toUri()).write(run, "raw"));
    assertTrue(e.getMessage().endsWith("is not empty"), e.getMessage());
  }

  @Test
  void foldersOf2022AndFilesOfPesserHoldTheSame() throws IOException {
    float[] expected = imported("uncond", golden("uncond"), "run").weights("raw");
    assertEquals(settings("uncond"), settings("legacy_flat"));
    assertArrayEquals(
        expected, imported("legacy_flat", golden("legacy_flat"), "flat").weights("raw"));
    Path pesser = golden("pesser").resolve("model.safetensors");
    assertArrayEquals(expected, imported("uncond", pesser, "pesser").weights("raw"));
  }

  /** Each of two parts of the file fits; they differ in five tensors. */
  @Test
  void theUserChoosesWhichWeightsOfAPickleAreMeant() {
    float[] expected = imported("classcond", golden("classcond"), "cc").weights("raw");
    Path state = golden("torch").resolve("classcond_state_dict.pt");
    assertArrayEquals(expected, imported("classcond", state, "cc-state").weights("raw"));
    TrainJob job =
        TrainJob.on(spark).directory(dir.resolve("cc-ema").toUri()).settings(settings("classcond"));
    var ckpt = golden("torch").resolve("classcond.ckpt").toUri();
    var e = assertThrows(UserException.class, () -> job.begin(ckpt, Optional.empty()));
    assertTrue(
        e.getMessage().endsWith("in several parts: state_dict/model., ema; choose one with --part"),
        e.getMessage());
    assertFalse(Files.exists(dir.resolve("cc-ema")));
    assertArrayEquals(expected, job.begin(ckpt, Optional.of("ema")).weights("raw"));
  }

  /** The same tensors with one head are another network; nothing but the key says which. */
  @Test
  void theChannelsOfAHeadComeFromTheConfiguration() throws IOException {
    assertEquals(8, ((UNetConfig) settings("head_dim8").model()).headChannels());
    Path copy = dir.resolve("absent");
    copy(golden("head_dim8"), copy);
    Path config = copy.resolve("unet/config.json");
    replace(config, "\"attention_head_dim\": 8,", "");
    var folder = DiffusersFolder.of(CONF, copy.toUri());
    assertEquals("8", folder.settings().get("model.head-channels"));
    replace(config, "\"add_attention\"", "\"attention_head_dim\": null, \"add_attention\"");
    assertEquals("0", folder.settings().get("model.head-channels"));
  }

  private static void copy(Path from, Path to) throws IOException {
    for (String file :
        new String[] {
          "model_index.json",
          "unet/config.json",
          "unet/diffusion_pytorch_model.safetensors",
          "scheduler/scheduler_config.json"
        }) {
      Files.createDirectories(to.resolve(file).getParent());
      Files.write(to.resolve(file), Files.readAllBytes(from.resolve(file)));
    }
  }

  private static void replace(Path file, String old, String by) throws IOException {
    String text = Files.readString(file);
    assertTrue(text.contains(old), old);
    Files.writeString(file, text.replace(old, by));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet/config.json | \"freq_shift\": 1, | | freq_shift is absent, which means 0",
        "unet/config.json | \"freq_shift\": 1 | \"freq_shift\": 0 | freq_shift is 0",
        "unet/config.json | \"flip_sin_to_cos\": false, | | flip_sin_to_cos is absent, which means"
            + " true",
        "unet/config.json | \"downsample_padding\": 0 | \"downsample_padding\": 1 |"
            + " downsample_padding is 1, only 0 is supported",
        "unet/config.json | \"norm_eps\": 1e-06, | | norm_eps is absent, which means 1.0E-5",
        "unet/config.json | \"norm_num_groups\": 32 | \"norm_num_groups\": 24 | channels must be a"
            + " multiple of groups",
        "unet/config.json | \"class_embed_type\": null | \"class_embed_type\": \"timestep\" |"
            + " class_embed_type is \"timestep\"",
        "unet/config.json | \"upsample_type\": \"conv\" | \"upsample_type\": \"resnet\" |"
            + " upsample_type is",
        "unet/config.json | \"AttnUpBlock2D\" | \"UpBlock2D\" | up_block_types is",
        "unet/config.json | \"sample_size\": 16 | \"sample_size\": [16, 32] | sample_size is",
        "unet/config.json | \"dropout\" | \"dropout_of_skips\" | dropout_of_skips is 0.0, this key"
            + " is not known here",
        "unet/config.json | UNet2DModel | UNet2DConditionModel | _class_name is",
        "scheduler/scheduler_config.json | DDPMScheduler | PNDMScheduler | _class_name is",
        "scheduler/scheduler_config.json | linear | scaled_linear | beta_schedule is",
        "scheduler/scheduler_config.json | \"epsilon\" | \"flow\" | prediction_type is",
        "scheduler/scheduler_config.json | fixed_large | learned_range | out_channels is 3",
        "scheduler/scheduler_config.json | fixed_large | learned | variance_type is",
        "scheduler/scheduler_config.json | \"thresholding\": false | \"thresholding\": true |"
            + " thresholding is true",
        "scheduler/scheduler_config.json | \"clip_sample_range\": 1.0 | \"clip_sample_range\": 2.0"
            + " | clip_sample_range is 2.0, only 1 is supported",
        "scheduler/scheduler_config.json | \"trained_betas\": null | \"trained_betas\": [0.1] |"
            + " trained_betas is [0.1]"
      })
  void whatCannotBeRepresentedIsRefusedByKey(String file, String old, String by, String message)
      throws IOException {
    Path copy = Files.createTempDirectory(dir, "refused");
    copy(golden("uncond"), copy);
    replace(copy.resolve(file), old, by == null ? "" : by);
    var e =
        assertThrows(UserException.class, () -> DiffusersFolder.of(CONF, copy.toUri()).settings());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().contains(file.substring(file.indexOf('/'))), e.getMessage());
  }

  @Test
  void aFolderThatLacksAFileIsRefused() throws IOException {
    Path copy = dir.resolve("lacking");
    copy(golden("uncond"), copy);
    Files.delete(copy.resolve("unet/diffusion_pytorch_model.safetensors"));
    var e = assertThrows(UserException.class, () -> imported("uncond", copy, "none"));
    assertTrue(e.getMessage().contains("holds no diffusion_pytorch_model"), e.getMessage());
    assertFalse(Files.exists(dir.resolve("none")));
    Files.delete(copy.resolve("scheduler/scheduler_config.json"));
    e = assertThrows(UserException.class, () -> DiffusersFolder.of(CONF, copy.toUri()).settings());
    assertTrue(
        e.getMessage()
            .endsWith("has no scheduler/scheduler_config.json and no scheduler_config.json"),
        e.getMessage());
  }

  /** A run that began without a dataset is trained on the first that it gets. */
  @Test
  void anImportedRunTrainsOn() {
    RunSettings settings = TrainFixture.settings(TrainFixture.training(7, 6, 2, 2));
    NetworkConfig network = settings.model();
    Path run = dir.resolve("trained");
    TrainFixture.job(spark, run, settings).run();
    Path weights = dir.resolve("weights.safetensors");
    WeightsFile.write(CONF, weights.toUri(), TrainFixture.last(run), "raw");
    Path tuned = dir.resolve("tuned");
    Checkpoint first =
        TrainJob.on(spark)
            .directory(tuned.toUri())
            .settings(settings)
            .engine(TrainFixture.engine())
            .begin(weights.toUri(), Optional.empty());
    assertTrue(first.dataset().isEmpty());
    assertEquals(network, first.modelConfig());
    TrainFixture.job(spark, tuned, settings).run();
    assertEquals(6, TrainFixture.last(tuned).step());
    assertTrue(TrainFixture.last(tuned).dataset().isPresent());
  }
}
