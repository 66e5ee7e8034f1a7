package io.sparkddpm.spark.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.training.RunSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests and configurations from anybody: each mutant is read right or refused in one line. */
class ForeignSettingsTest {
  private static final long SEED = Long.getLong("ddpm.fuzz.seed", 20_251_126L);
  private static final int MUTANTS = 2000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What breaks careless readers. */
  private static final List<String> NASTY =
      List.of(
          "",
          "null",
          "[",
          "[]",
          "[[[[[[[[1]]]]]]]]",
          "[".repeat(5000),
          "{",
          "{}",
          "[{include url(\"http://127.0.0.1:1/x\")}]",
          "[${PATH}]",
          "${?HOME}",
          "[1] b = 2",
          "1e999999999",
          "-1",
          "0",
          "2147483648",
          "9223372036854775808",
          "1e400",
          "NaN",
          "../../etc/passwd",
          "file:///etc/passwd",
          "a.".repeat(2000) + "a",
          "\"",
          "\\u0000",
          "none",
          "\n",
          "'");

  private final Random random = new Random(SEED);

  private static Manifest whole() {
    return Manifest.builder(ArtifactKind.CHECKPOINT)
        .config(RunSettings.DEFAULTS.toMap())
        .seed("run", 3)
        .input("file:///data", "ab".repeat(32))
        .count(Checkpoint.STEP, 12)
        .property("engine", "dl4j")
        .note("host", "h")
        .file(new FileEntry("weights.safetensors", 10, "cd".repeat(32)))
        .build();
  }

  private static byte[] signed(ObjectNode tree) {
    tree.remove("checksum");
    tree.put("checksum", Sha256.of(tree.toString().getBytes(StandardCharsets.UTF_8)));
    return tree.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode tree() throws IOException {
    return (ObjectNode) JSON.readTree(whole().toJson());
  }

  private String nasty() {
    return NASTY.get(random.nextInt(NASTY.size()));
  }

  /** Another value at a random place, under a checksum that fits. */
  private byte[] mutant() throws IOException {
    ObjectNode root = tree();
    List<JsonNode> places = new ArrayList<>();
    collect(root, places);
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      JsonNode place = places.get(random.nextInt(places.size()));
      JsonNode value =
          switch (random.nextInt(8)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.getNodeFactory().numberNode(random.nextLong());
            case 2 -> JSON.getNodeFactory().numberNode(1e300 * random.nextGaussian());
            case 3 -> JSON.createArrayNode().add(nasty());
            case 4 -> JSON.createObjectNode().put(nasty(), 1);
            case 5 -> JSON.getNodeFactory().numberNode(-random.nextInt(3));
            default -> JSON.getNodeFactory().textNode(nasty());
          };
      if (place instanceof ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        boolean other = names.isEmpty() || random.nextInt(6) == 0;
        String name = other ? nasty() : names.get(random.nextInt(names.size()));
        if (random.nextInt(8) == 0) {
          object.remove(name);
        } else {
          object.set(name, value);
        }
      } else if (place instanceof ArrayNode array) {
        array.insert(0, value);
      }
    }
    return signed(root);
  }

  private static void collect(JsonNode node, List<JsonNode> into) {
    if (node.isContainerNode()) {
      into.add(node);
      node.forEach(child -> collect(child, into));
    }
  }

  /** Flipped, dropped, doubled and replaced bytes. */
  private byte[] damaged(byte[] bytes) {
    byte[] copy = bytes.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && copy.length > 1; changes--) {
      int at = random.nextInt(copy.length);
      int length = Math.min(copy.length - at, 1 + random.nextInt(20));
      switch (random.nextInt(4)) {
        case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> copy = splice(copy, at, at + length, "");
        case 2 ->
            copy = splice(copy, at, at, new String(copy, at, length, StandardCharsets.ISO_8859_1));
        default -> copy = splice(copy, at, at + length, nasty());
      }
    }
    return copy;
  }

  private static byte[] splice(byte[] bytes, int from, int to, String text) {
    String whole = new String(bytes, StandardCharsets.ISO_8859_1);
    return (whole.substring(0, from) + text + whole.substring(to))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private void readOrRefused(int number, byte[] mutant, Runnable reading) {
    try {
      reading.run();
    } catch (UserException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
    } catch (RuntimeException | Error e) {
      fail(
          "mutant "
              + number
              + " of -Dddpm.fuzz.seed="
              + SEED
              + ": "
              + new String(mutant, StandardCharsets.ISO_8859_1),
          e);
    }
  }

  private static void read(byte[] json) {
    Manifest manifest = Manifest.fromJson(json, "m.json");
    manifest.count(Checkpoint.STEP);
    manifest.property("engine");
    RunSettings.fromMap("m.json", manifest.config());
  }

  @Test
  void foreignManifestsWithTheRightChecksum() throws IOException {
    read(signed(tree()));
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = mutant();
      readOrRefused(i, mutant, () -> read(mutant));
    }
  }

  @Test
  void damagedManifests() {
    byte[] whole = whole().toJson();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = damaged(whole);
      readOrRefused(
          i,
          mutant,
          () -> {
            read(mutant);
            assertEquals(whole(), Manifest.fromJson(mutant, "m.json"), "no checksum given");
          });
    }
  }

  @Test
  void damagedConfigurationFiles(@TempDir Path dir) throws IOException {
    byte[] whole = Files.readAllBytes(SparkHome.root().resolve("conf/cifar10.conf"));
    for (int i = 0; i < MUTANTS / 4; i++) {
      byte[] mutant = damaged(whole);
      Path file = Files.write(dir.resolve(i % 4 == 0 ? "m.properties" : "m.conf"), mutant);
      readOrRefused(
          i, mutant, () -> ConfigBinder.bind(DdpmConfig.DEFAULTS, ConfigLayer.file(file)));
    }
  }

  @Test
  void aKeyTwiceIsRefused() throws IOException {
    String once = new String(signed(tree()), StandardCharsets.UTF_8);
    String twice = once.replaceFirst("\\{", "{\"kind\":\"run\",");
    String message =
        assertThrows(
                UserException.class,
                () -> Manifest.fromJson(twice.getBytes(StandardCharsets.UTF_8), "m.json"))
            .getMessage();
    assertTrue(message.contains("Duplicate field 'kind'"), message);
  }
}
