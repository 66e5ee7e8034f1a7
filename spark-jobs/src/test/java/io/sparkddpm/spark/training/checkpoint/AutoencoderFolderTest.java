package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Autoencoders that diffusers wrote become runs, and come out again byte for byte. */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class AutoencoderFolderTest {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

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

  private static Checkpoint imported(Path folder, String run) {
    Map<String, String> keys = new TreeMap<>(DiffusersFolder.of(CONF, folder.toUri()).settings());
    keys.put("training.objective.type", "reconstruction");
    return TrainJob.on(spark)
        .directory(dir.resolve(run).toUri())
        .settings(ConfigBinder.bind(RunSettings.DEFAULTS, ConfigLayer.values("folder", keys)))
        .begin(folder.toUri(), Optional.empty());
  }

  @Test
  void aFolderBecomesARunAndComesOutAgain() throws IOException {
    Checkpoint run = imported(golden("autoencoder_kl"), "run");
    assertEquals(
        new AutoencoderConfig(16, 3, 4, 32, List.of(1, 2), 1, true, true, 32, 0.18215),
        run.modelConfig());
    Path out = dir.resolve("out");
    DiffusersFolder.of(CONF, out.toUri()).write(run, "raw");
    assertArrayEquals(
        Files.readAllBytes(golden("autoencoder_kl").resolve(WEIGHTS)),
        Files.readAllBytes(out.resolve(WEIGHTS)));
    Checkpoint again = imported(out, "again");
    assertEquals(run.settings(), again.settings());
    assertArrayEquals(run.weights("raw"), again.weights("raw"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"shift_factor\": null | \"shift_factor\": 0.1 | shift_factor is 0.1, only null",
        "\"out_channels\": 3 | \"out_channels\": 4 | out_channels is 4, only that of in_channels",
        "\"use_quant_conv\": true | \"use_quant_conv\": false | use_post_quant_conv is true, only",
        "\"up_block_types\": [ | \"up_block_types\": [ \"UpDecoderBlock2D\", | up_block_types is",
        "\"norm_num_groups\": 32 | \"norm_num_groups\": 24 | channels must be a multiple of groups",
        "\"act_fn\" | \"activation\" | activation is \"silu\", this key is not known here",
        "AutoencoderKL | VQModel | _class_name is \"VQModel\", UNet2DModel and"
      })
  void whatCannotBeRepresentedIsRefusedByKey(String old, String by, String message)
      throws IOException {
    Path copy = Files.createTempDirectory(dir, "refused");
    String text = Files.readString(golden("autoencoder_kl").resolve(CONFIG));
    assertTrue(text.contains(old), old);
    Files.writeString(copy.resolve(CONFIG), text.replace(old, by));
    var e =
        assertThrows(UserException.class, () -> DiffusersFolder.of(CONF, copy.toUri()).settings());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
