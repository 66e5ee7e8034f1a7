package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.sound.SoundMedium;
import io.sparkddpm.sound.Wav;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** WAV files in class folders become records of a fixed length. */
class WavSourceTest extends ShardFixture {
  private static final int RATE = 8000;
  private static final int SAMPLES = 100;

  private static ShardConfig config(int badLimit) {
    return new ShardConfig(new WavSource(RATE, SAMPLES), 32, ResizeFilter.AREA, 3, badLimit, false);
  }

  /** Samples first, first + 1 and so on, in steps of a 16-bit sample. */
  private static float[] ramp(int first, int length) {
    float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      samples[i] = (first + i) / 32767f;
    }
    return samples;
  }

  private Path write(String path, float[] samples, int rate) throws IOException {
    Path file = temp.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.write(file, Wav.write(samples, rate));
  }

  @Test
  void longFilesAreCutFromTheirBeginnings() throws IOException {
    write("in/b/long.wav", ramp(1000, 3 * SAMPLES + 70), RATE);
    write("in/a/deep/one.WAV", ramp(5000, SAMPLES), RATE);
    Files.writeString(temp.resolve("in/a/notes.txt"), "no sound");
    ShardJob.Result made = job(List.of(uri("in")), "out", config(0)).run();
    assertEquals(4, made.images());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(new RecordLayout(DataType.FLOAT32, Shape.of(1, 1, SAMPLES)), dataset.layout());
    assertEquals(List.of("a", "b"), dataset.classNames());
    assertEquals(new SoundMedium(RATE), DatasetNotes.ofDataset(conf, uri("out")).medium());
    DecodedShard first = ShardReader.read(conf, dataset, 0);
    DecodedShard second = ShardReader.read(conf, dataset, 1); // a file's records in two shards
    assertArrayEquals(new int[] {0, 1, 1}, first.labels());
    assertArrayEquals(new int[] {1}, second.labels());
    float[] values = first.batch(dataset.layout(), 0, 3).data();
    assertArrayEquals(ramp(5000, SAMPLES), Arrays.copyOf(values, SAMPLES), 1e-4f);
    assertArrayEquals(
        ramp(1000, 2 * SAMPLES), Arrays.copyOfRange(values, SAMPLES, 3 * SAMPLES), 1e-4f);
    assertArrayEquals(
        ramp(1000 + 2 * SAMPLES, SAMPLES), second.batch(dataset.layout(), 0, 1).data(), 1e-4f);
  }

  @Test
  void filesWithoutFoldersHaveNoLabels() throws IOException {
    write("in/one.wav", ramp(0, SAMPLES), RATE);
    job(List.of(uri("in")), "out", config(0)).run();
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(List.of(), dataset.classNames());
    assertArrayEquals(new int[] {-1}, ShardReader.read(conf, dataset, 0).labels());
  }

  @Test
  void whatCannotBeUsedIsNamed() throws IOException {
    write("in/good.wav", ramp(0, SAMPLES), RATE);
    write("in/high.wav", ramp(0, SAMPLES), 44_100);
    write("in/short.wav", ramp(0, SAMPLES - 1), RATE);
    Path cut = write("in/cut.wav", ramp(0, SAMPLES), RATE);
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 150));
    Files.writeString(temp.resolve("in/text.wav"), "no sound at all, but a text in a file");
    ShardJob.Result made = job(List.of(uri("in")), "out", config(4)).run();
    assertEquals(1, made.images());
    assertEquals(
        List.of(
            "in/cut.wav@0 is cut off: it has 150 bytes, and its header promises 200 of samples",
            "in/high.wav@0 has 44100 samples a second, not the 8000 of shard.format.rate: convert"
                + " it (sox IN.wav -r 8000 OUT.wav)",
            "in/short.wav@0 has 99 samples, fewer than the 100 of shard.format.samples",
            "in/text.wav@0 is no WAV file"),
        made.badImages().stream().sorted().toList());
    contains("in/", refused(job(List.of(uri("in")), "refused", config(3))));
  }

  @Test
  void shardsThatNobodyCouldReadAreRefused() {
    ShardConfig large =
        new ShardConfig(new WavSource(RATE, 1 << 24), 32, ResizeFilter.AREA, 17, 0, false);
    assertEquals(
        "shard.records-per-shard 17 of records of float32 [1, 1, 16777216] are more than a"
            + " shard's 1 GiB; at most 16",
        refused(job(List.of(uri("in")), "large", large)));
  }
}
