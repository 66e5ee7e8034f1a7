package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Folders of diffusers whose weights are in several files, in half precision, or a pickle. */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_GOLDEN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
class DiffusersWeightsTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private static SparkSession spark;
  private Path unet;

  /** A tensor as a file holds it. */
  private record Tensor(String type, JsonNode shape, byte[] data) {}

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

  /** A folder without weights. */
  @BeforeEach
  void makeFolder() throws IOException {
    unet = dir.resolve("folder/unet");
    Files.createDirectories(unet);
    Files.createDirectories(dir.resolve("folder/scheduler"));
    for (String file : List.of("unet/config.json", "scheduler/scheduler_config.json")) {
      Files.write(
          dir.resolve("folder").resolve(file),
          Files.readAllBytes(golden("classcond").resolve(file)));
    }
  }

  private static float[] imported(Path folder, Path run) {
    Map<String, String> keys =
        new TreeMap<>(DiffusersFolder.of(CONF, golden("classcond").toUri()).settings());
    keys.put("training.objective.type", "hybrid");
    return TrainJob.on(spark)
        .directory(run.toUri())
        .settings(ConfigBinder.bind(RunSettings.DEFAULTS, ConfigLayer.values("golden", keys)))
        .begin(folder.toUri(), Optional.empty())
        .weights("raw");
  }

  private float[] imported() {
    return imported(dir.resolve("folder"), dir.resolve("run"));
  }

  private float[] expected() {
    return imported(golden("classcond"), dir.resolve("expected"));
  }

  private static TreeMap<String, Tensor> tensors() throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(golden("classcond").resolve("unet/" + WEIGHTS)))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) file.getLong()];
    file.get(header);
    TreeMap<String, Tensor> tensors = new TreeMap<>();
    JSON.readTree(header)
        .fields()
        .forEachRemaining(
            e -> {
              if (!e.getKey().equals("__metadata__")) {
                JsonNode offsets = e.getValue().get("data_offsets");
                byte[] data = new byte[offsets.get(1).asInt() - offsets.get(0).asInt()];
                file.get(8 + header.length + offsets.get(0).asInt(), data);
                JsonNode shape = e.getValue().get("shape");
                tensors.put(
                    e.getKey(), new Tensor(e.getValue().get("dtype").asText(), shape, data));
              }
            });
    return tensors;
  }

  private void write(String name, Map<String, Tensor> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    int end = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      ObjectNode node = header.putObject(tensor.getKey());
      node.put("dtype", tensor.getValue().type()).set("shape", tensor.getValue().shape());
      node.putArray("data_offsets").add(end).add(end += tensor.getValue().data().length);
    }
    StringBuilder text = new StringBuilder(header.toString());
    while (text.length() % 8 != 0) {
      text.append(' ');
    }
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length() + end)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length())
            .put(text.toString().getBytes(StandardCharsets.UTF_8));
    tensors.values().forEach(tensor -> file.put(tensor.data()));
    Files.write(unet.resolve(name), file.array());
  }

  /** Writes the tensors in turn into files, and the index that says which is where. */
  private void writeShards(int count) throws IOException {
    List<TreeMap<String, Tensor>> shards = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      shards.add(new TreeMap<>());
    }
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    for (Map.Entry<String, Tensor> tensor : tensors().entrySet()) {
      int shard = map.size() % count;
      shards.get(shard).put(tensor.getKey(), tensor.getValue());
      map.put(tensor.getKey(), name(shard, count));
    }
    for (int i = 0; i < count; i++) {
      write(name(i, count), shards.get(i));
    }
    Files.writeString(unet.resolve(WEIGHTS + ".index.json"), index.toString());
  }

  private static String name(int shard, int count) {
    return String.format(
        Locale.ROOT, "diffusion_pytorch_model-%05d-of-%05d.safetensors", shard + 1, count);
  }

  private String refused() {
    String message = assertThrows(UserException.class, this::imported).getMessage();
    assertFalse(Files.exists(dir.resolve("run")), "a run was begun");
    return message;
  }

  @Test
  void severalFilesMakeOneSetOfWeights() throws IOException {
    writeShards(3);
    assertArrayEquals(expected(), imported());
  }

  @Test
  void aShardThatIsMissingOrElsewhereIsRefused() throws IOException {
    writeShards(3);
    Files.delete(unet.resolve(name(1, 3)));
    assertTrue(refused().contains(name(1, 3)));
    Path index = unet.resolve(WEIGHTS + ".index.json");
    String whole = Files.readString(index);
    Files.writeString(index, whole.replace(name(1, 3), name(0, 3)));
    assertTrue(refused().contains(" lacks tensor "));
    Files.writeString(index, whole.replace(name(1, 3), "../" + name(1, 3)));
    assertTrue(refused().contains("must name the files beside it in weight_map"));
    Files.writeString(index, "{");
    assertTrue(refused().contains("index.json is not JSON"));
  }

  @Test
  void aPickleIsReadWhereThereIsNothingElse() throws IOException {
    Files.copy(
        golden("torch").resolve("classcond_state_dict.pt"),
        unet.resolve("diffusion_pytorch_model.bin"));
    float[] expected = expected();
    assertArrayEquals(expected, imported());
    Files.move(unet.resolve("diffusion_pytorch_model.bin"), unet.resolve("all-00001-of-00001.bin"));
    Files.writeString(
        unet.resolve("diffusion_pytorch_model.bin.index.json"),
        "{\"weight_map\": {\"conv_in.bias\": \"all-00001-of-00001.bin\"}}");
    assertArrayEquals(expected, imported(dir.resolve("folder"), dir.resolve("sharded")));
  }

  /** bfloat16 is the upper half of a float; what is cut off is lost, and nothing else. */
  @Test
  void bfloat16BecomesFloat32Exactly() throws IOException {
    TreeMap<String, Tensor> tensors = tensors();
    tensors.replaceAll(
        (name, tensor) -> {
          byte[] halves = new byte[tensor.data().length / 2];
          for (int i = 0; i < halves.length; i++) {
            halves[i] = tensor.data()[4 * (i / 2) + 2 + i % 2];
          }
          return new Tensor("BF16", tensor.shape(), halves);
        });
    write(WEIGHTS, tensors);
    float[] expected = expected();
    for (int i = 0; i < expected.length; i++) {
      expected[i] = Float.intBitsToFloat(Float.floatToRawIntBits(expected[i]) & 0xFFFF0000);
    }
    assertArrayEquals(expected, imported());
  }

  /** Ten bits of the fraction are kept here, and what is smaller than 2^-14 becomes zero. */
  @Test
  void float16BecomesFloat32Exactly() throws IOException {
    TreeMap<String, Tensor> tensors = tensors();
    tensors.replaceAll(
        (name, tensor) -> {
          ByteBuffer from = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
          ByteBuffer to =
              ByteBuffer.allocate(tensor.data().length / 2).order(ByteOrder.LITTLE_ENDIAN);
          while (from.hasRemaining()) {
            int bits = from.getInt();
            int exponent = (bits >> 23 & 0xFF) - 127;
            int magnitude = exponent < -14 ? 0 : exponent + 15 << 10 | bits >> 13 & 0x3FF;
            to.putShort((short) (bits >> 16 & 0x8000 | magnitude));
          }
          return new Tensor("F16", tensor.shape(), to.array());
        });
    write(WEIGHTS, tensors);
    float[] expected = expected();
    float[] found = imported();
    for (int i = 0; i < expected.length; i++) {
      boolean isZero = Math.abs(expected[i]) < 0x1p-14f;
      int kept = Float.floatToRawIntBits(expected[i]) & (isZero ? 0x80000000 : 0xFFFFE000);
      assertEquals(kept, Float.floatToRawIntBits(found[i]), "value " + i);
    }
  }
}
