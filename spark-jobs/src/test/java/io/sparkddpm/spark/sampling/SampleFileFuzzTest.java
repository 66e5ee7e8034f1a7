package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ProgressNotes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged shards of samples and notes of finished ones. */
@Timeout(120) // only a hang takes as long
class SampleFileFuzzTest {
  private static final Configuration CONF = new Configuration();
  private static final long MOST = 32L << 20;
  private static final String FILE = "a.parquet";

  @TempDir private Path temp;

  private static byte[] png(long index) {
    return ("a picture, number " + index).getBytes(StandardCharsets.UTF_8);
  }

  private FileEntry write() throws IOException {
    ArtifactOutput out = ArtifactOutput.create(CONF, temp.toUri(), FILE);
    SampleFile.Writer writer = new SampleFile.Writer(CONF, out, true, "png");
    for (long i = 0; i < 12; i++) {
      writer.write(new Samples.Sample(i, (int) (i % 2), png(i)));
    }
    writer.close();
    return writer.entry();
  }

  private void check(byte[] mutant, FileEntry entry) throws IOException {
    Files.write(temp.resolve(FILE), mutant);
    List<Samples.Sample> samples = SampleFile.read(CONF, temp.toUri(), entry);
    assertEquals(12, samples.size());
    for (Samples.Sample sample : samples) {
      assertArrayEquals(png(sample.index()), sample.file());
    }
  }

  @Test
  void shards() throws IOException {
    FileEntry whole = write();
    byte[] bytes = Files.readAllBytes(temp.resolve(FILE));
    Mutants.forEach("samples", bytes, MOST, mutant -> check(mutant, whole));
    Mutants.forEach( // past the manifest, the pages' own checksums find it
        "samples with their manifest",
        bytes,
        MOST,
        mutant -> check(mutant, new FileEntry(FILE, FILE, mutant.length, Sha256.of(mutant), 12L)));
  }

  /** One that cannot be read is none: its shard is made again. */
  @Test
  void notesOfFinishedShards() {
    FileEntry images = new FileEntry("images/a.parquet", 100, "ab".repeat(32)).withRecords(12);
    FileEntry strip = new FileEntry("strip.png", 10, "cd".repeat(32));
    byte[] whole = ProgressNotes.toJson(new FinishedShard("plan", 0, images, strip));
    Mutants.forEach(
        "finished shard",
        whole,
        MOST,
        mutant ->
            ProgressNotes.fromJson(mutant, FinishedShard.class)
                .orElseThrow(() -> new UserException("made again"))
                .isWhole(CONF, temp.toUri(), true));
  }
}
