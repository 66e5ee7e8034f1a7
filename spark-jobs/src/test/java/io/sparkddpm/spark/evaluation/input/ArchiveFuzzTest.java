package io.sparkddpm.spark.evaluation.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.Labels;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.spark.input.Zips;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged archives give the right images or a refusal, by their checksums. */
@Timeout(120) // only a hang takes as long
class ArchiveFuzzTest {
  private static final long MOST = 8L << 20;

  private static byte[] bytes(int seed, int length) {
    RandomStream random = RandomStream.of(seed, Purpose.SHAPES);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt(i % 3 == 0 ? 4 : 256);
    }
    return bytes;
  }

  private static Map<String, byte[]> unzip(byte[] bytes) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (ZipArchive zip = new ZipArchive(new SeekableInMemoryByteChannel(bytes), "a.zip")) {
      for (ZipArchive.Entry entry : zip.entries()) {
        files.put(entry.name(), zip.read(entry));
      }
    }
    return files;
  }

  @Test
  void zip() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 4; i++) {
      files.put("stored/" + i + ".png", bytes(i, 100 + 20 * i));
      files.put("deflated/" + i + ".png", bytes(i, 300 - 50 * i));
    }
    byte[] whole = Zips.zip(files, "stored");
    Mutants.forEach(
        "zip",
        whole,
        MOST,
        mutant -> {
          Map<String, byte[]> read = unzip(mutant);
          assertEquals(files.keySet(), read.keySet());
          files.forEach((name, bytes) -> assertArrayEquals(bytes, read.get(name), name));
        });
  }

  @Test
  void npz() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (NpzWriter writer = new NpzWriter(out)) {
      writer.add("arr_0", NpyArray.of(bytes(1, 3 * 4 * 4 * 3), 3, 4, 4, 3));
      writer.add("arr_1", NpyArray.of(new double[] {7, 0, 2}, 3));
    }
    byte[] deflated = out.toByteArray();
    Map<String, NpyArray> arrays = Npz.read(new ByteArrayInputStream(deflated), "a.npz");
    Map<String, byte[]> files = new TreeMap<>();
    arrays.forEach((name, array) -> files.put("stored_" + name + ".npy", Npy.write(array)));
    for (byte[] whole : List.of(deflated, Zips.zip(files, "stored"))) {
      Map<String, NpyArray> right = Npz.read(new ByteArrayInputStream(whole), "a.npz");
      Mutants.forEach(
          "npz",
          whole,
          MOST,
          mutant -> assertEquals(right, Npz.read(new ByteArrayInputStream(mutant), "a.npz")));
    }
  }

  @Test
  void npyWhichHasNoChecksum() {
    byte[] whole = Npy.write(NpyArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    Mutants.forEach(
        "npy", whole, MOST, mutant -> Npy.read(new ByteArrayInputStream(mutant), "a.npy"));
    byte[] characters = new byte[24]; // three texts of two, four bytes each
    for (int i = 0; i < characters.length; i += 4) {
      characters[i] = (byte) ('a' + i);
    }
    byte[] texts =
        new String(Npy.write(NpyArray.of(characters, 24)), StandardCharsets.ISO_8859_1)
            .replace("|u1", "<U2")
            .replace("(24,)", "(3,) ")
            .getBytes(StandardCharsets.ISO_8859_1);
    Mutants.forEach(
        "npy of texts",
        texts,
        MOST,
        mutant -> {
          ByteArrayInputStream in = new ByteArrayInputStream(mutant);
          Npy.Header header = Npy.readHeader(in, "a.npy");
          header.checkLength(mutant.length, "a.npy");
          if (header.isText()) {
            Npy.readTexts(in, header, "a.npy");
          }
        });
  }

  @Test
  void datasetJson() {
    List<String> images = List.of("a/0.png", "a/1.png", "b/2.png", "b/3.png");
    for (String labels : List.of("3, 1, 0, 7", "\"cat\", \"dog\", \"cow\", \"hen\"")) {
      String[] each = labels.split(", ");
      StringBuilder json = new StringBuilder("{\"labels\": [");
      for (int i = 0; i < each.length; i++) {
        json.append(i == 0 ? "" : ", ").append("[\"").append(images.get(i)).append("\", ");
        json.append(each[i]).append(']');
      }
      byte[] whole = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
      Mutants.forEach(
          "dataset.json",
          whole,
          MOST,
          mutant -> {
            Labels read =
                DatasetJson.read(mutant, "dataset.json").of(images, new HashSet<>(images));
            assertEquals(images.size(), read.values().length);
            assertEquals(0, Arrays.stream(read.values()).filter(v -> v < -1).count());
          });
    }
  }
}
