package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.image.BadImageException;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.sound.Wav;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.spark.input.Zips;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged inputs without checksums end in images or a refusal, never in the process's end. */
@Timeout(120) // only a hang takes as long
class SourceFuzzTest {
  private static final Configuration CONF = new Configuration();
  private static final long MOST = 16L << 20;

  @TempDir private Path temp;

  /** Lists, reads and decodes all, as the shard job does. */
  private static void readAll(ImageSource source, URI input) throws IOException {
    for (SourceSlice slice : slices(source, input)) {
      source.read(
          CONF,
          slice,
          raw -> {
            try {
              source.decode(raw, new ImageDecoder(1 << 24));
            } catch (BadImageException e) {
              assertTrue(e.getMessage().contains(slice.name()), e.getMessage());
            }
          });
    }
  }

  private static List<SourceSlice> slices(RecordSource source, URI input) {
    List<SourceSlice> slices = new ArrayList<>();
    source.list(CONF, List.of(input)).forEach(slices::add);
    return slices;
  }

  @Test
  void cifar10() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ShapesImages.write(out, 1, 3);
    Path file = temp.resolve("a.bin");
    Mutants.forEach(
        "CIFAR-10",
        out.toByteArray(),
        MOST,
        mutant -> {
          Files.write(file, mutant);
          readAll(new Cifar10Source(), file.toUri());
        });
  }

  @Test
  void npz() throws IOException {
    byte[] pixels = new byte[5 * 4 * 4 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * i);
    }
    Map<String, byte[]> files = new TreeMap<>();
    files.put("arr_0.npy", Npy.write(NpyArray.of(pixels, 5, 4, 4, 3)));
    files.put("arr_1.npy", Npy.write(NpyArray.of(new double[] {3, 0, 1, 0, 2}, 5)));
    for (String stored : List.of("arr_0", "arr_1")) {
      Path file = temp.resolve(stored + ".npz");
      Mutants.forEach(
          "npz with stored " + stored,
          Zips.zip(files, stored),
          MOST,
          mutant -> {
            Files.write(file, mutant);
            readAll(new NpzSource(), file.toUri());
          });
    }
    Path file = temp.resolve("images.npy");
    Files.write(temp.resolve("labels.npy"), files.get("arr_1.npy"));
    Mutants.forEach(
        "npy",
        files.get("arr_0.npy"),
        MOST,
        mutant -> {
          Files.write(file, mutant);
          readAll(new NpzSource(), file.toUri());
        });
  }

  @Test
  void wav() throws IOException {
    WavSource source = new WavSource(8000, 10);
    RecordDecoder decoder = source.decoder(ShardConfig.DEFAULTS);
    Path file = temp.resolve("a.wav");
    Mutants.forEach(
        "WAV",
        Wav.write(new float[35], 8000),
        MOST,
        mutant -> {
          Files.write(file, mutant);
          for (SourceSlice slice : slices(source, file.toUri())) {
            source.read(CONF, slice, raw -> assertEquals(40, decoder.decode(raw).payload().length));
          }
        });
  }

  /** A tree of two levels, values within leaves and on pages of their own. */
  @Test
  void lmdb() throws IOException {
    TreeMap<String, byte[]> entries = new TreeMap<>();
    RandomStream random = RandomStream.of(5, Purpose.SHAPES, 0);
    for (int i = 0; i < 90; i++) {
      entries.put(LsunFixture.key(random), new byte[i % 30 == 0 ? 5000 : 60]);
    }
    Path environment = temp.resolve("fuzz_lmdb");
    LsunFixture.write(environment, entries);
    byte[] whole = Files.readAllBytes(environment.resolve("data.mdb"));
    Mutants.forEach(
        "LMDB",
        whole,
        MOST,
        mutant -> {
          try (LmdbFile file =
              LmdbFile.open(new SeekableInMemoryByteChannel(mutant), "fuzz_lmdb")) {
            List<String> keys = new ArrayList<>();
            file.forEachKey(7, (number, key) -> keys.add(key));
            for (int i = 0; i < keys.size(); i++) {
              long count = Math.min(7, file.size() - 7L * i);
              file.read(keys.get(i), 0, count, (key, value) -> assertTrue(value.length <= 1 << 20));
            }
          }
        });
  }
}
