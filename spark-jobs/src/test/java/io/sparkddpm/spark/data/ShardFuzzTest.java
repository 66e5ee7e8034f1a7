package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.spark.store.ArtifactOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged shards of a dataset, with a manifest that shows it and with one that was made for them.
 */
@Timeout(120) // only a hang takes as long
class ShardFuzzTest {
  private static final Configuration CONF = new Configuration();
  private static final long MOST = 32L << 20;
  private static final String FILE = "a.parquet";
  private static final int IMAGES = 20;
  private static final int SIZE = 5;
  private static final RecordLayout LAYOUT = RecordLayout.images(SIZE, SIZE);

  @TempDir private Path temp;
  private FileEntry whole;
  private byte[] bytes;
  private DecodedShard right;

  @BeforeEach
  void write() throws IOException {
    RandomStream random = RandomStream.of(8, Purpose.SHAPES);
    ArtifactOutput out = ArtifactOutput.create(CONF, temp.toUri(), FILE);
    try (ShardWriter writer = new ShardWriter(CONF, out, LAYOUT)) {
      for (int i = 0; i < IMAGES; i++) {
        byte[] pixels = new byte[3 * SIZE * SIZE];
        for (int p = 0; p < pixels.length; p++) {
          pixels[p] = (byte) random.nextInt(7);
        }
        writer.write(100 + i, new Example(pixels, random.nextInt(4)), "a/" + i + ".png");
      }
    }
    whole = out.entry().withRecords(IMAGES);
    bytes = Files.readAllBytes(temp.resolve(FILE));
    right = read(whole);
  }

  private DecodedShard read(FileEntry entry) {
    Dataset dataset =
        new Dataset(temp.toUri(), "abc", LAYOUT, new ImageMedium(), List.of(), List.of(entry));
    return ShardReader.read(CONF, dataset, 0);
  }

  private void check(byte[] mutant, FileEntry entry) throws IOException {
    Files.write(temp.resolve(FILE), mutant);
    DecodedShard shard = read(entry);
    assertEquals(IMAGES, shard.labels().length);
    assertArrayEquals(right.payload(), shard.payload());
  }

  @Test
  void withTheManifestOfTheWholeOne() {
    Mutants.forEach("shard", bytes, MOST, mutant -> check(mutant, whole));
  }

  /** Past the manifest, the pages' own checksums find it. */
  @Test
  void withAManifestThatAgrees() {
    Mutants.forEach(
        "shard with its manifest",
        bytes,
        MOST,
        mutant -> check(mutant, new FileEntry(FILE, FILE, mutant.length, Sha256.of(mutant), 20L)));
  }
}
