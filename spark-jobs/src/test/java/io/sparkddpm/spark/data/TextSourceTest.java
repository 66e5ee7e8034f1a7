package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.text.TextMedium;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Files of text as sequences of characters. */
class TextSourceTest extends ShardFixture {
  private static final int PER_SHARD = 700;

  private static ShardConfig config(int length, TextSource.Cut cut, int badLimit) {
    return new ShardConfig(
        new TextSource(length, cut), 32, ResizeFilter.AREA, PER_SHARD, badLimit, true);
  }

  private URI write(String name, String text) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text).toUri();
  }

  private ShardJob.Result shard(URI input, String output, int length, TextSource.Cut cut) {
    return job(List.of(input), output, config(length, cut, 0)).run();
  }

  private static TextMedium medium(URI dataset) {
    return (TextMedium) DatasetNotes.ofDataset(conf, dataset).medium();
  }

  /** All records as texts, in the order of their ids. */
  private static List<String> texts(URI uri) {
    Dataset dataset = Dataset.open(conf, uri);
    TextMedium medium = medium(uri);
    List<String> texts = new ArrayList<>();
    for (int shard = 0; shard < dataset.shards().size(); shard++) {
      DecodedShard records = ShardReader.read(conf, dataset, shard);
      Batch batch = records.batch(dataset.layout(), 0, records.size());
      for (int i = 0; i < records.size(); i++) {
        texts.add(new String(medium.write(batch, i), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }

  private String refused(URI input, int length, TextSource.Cut cut) {
    return refused(job(List.of(input), "refused", config(length, cut, 0)));
  }

  @Test
  void aStreamIsCutWithoutGaps() throws IOException {
    URI file = write("stream.txt", "\uFEFFab cäd\r\ne\r😀f g");
    ShardJob.Result made = shard(file, "stream", 4, TextSource.Cut.STREAM);
    assertEquals(List.of("ab c", "äd\ne", "\r😀f "), texts(made.dataset()));
    assertEquals("\n\r abcdefgä😀", medium(made.dataset()).vocabulary());
    assertEquals("token8 [1, 1, 4]", Dataset.open(conf, made.dataset()).layout().toString());
  }

  @Test
  void linesAreFilledUp() throws IOException {
    URI file = write("lines.txt", "one\n\n\r\ntwo\r\nfour");
    ShardJob.Result made = shard(file, "lines", 4, TextSource.Cut.LINES);
    assertEquals(List.of("one\n", "two\n", "four"), texts(made.dataset()));
    assertEquals("\nefnortuw", medium(made.dataset()).vocabulary());
  }

  @Test
  void longerLinesAreBadRecords() throws IOException {
    URI file = write("long.txt", "one\nfour\nfives\nsix\n");
    assertEquals(
        "long.txt#2 has more than the 4 characters of shard.format.length (1 bad so far,"
            + " shard.bad-image-limit is 0)",
        refused(file, 4, TextSource.Cut.LINES));
    URI output = job(List.of(file), "tolerant", config(4, TextSource.Cut.LINES, 1)).run().dataset();
    assertEquals(List.of("one\n", "four", "six\n"), texts(output));
  }

  /** Slices and shards begin in the middle of a file, whose characters take one to three bytes. */
  @Test
  void severalShardsHoldEveryRecordOnce() throws IOException {
    StringBuilder text = new StringBuilder();
    TreeSet<String> expected = new TreeSet<>();
    for (int i = 0; i < 3000; i++) {
      String line = (i % 3 == 0 ? "ä" : i % 3 == 1 ? "€" : "x") + i;
      text.append(line).append('\n');
      expected.add(line + "\n".repeat(6 - line.length()));
    }
    write("many/a.txt", text.toString());
    write("many/b.txt", "end");
    expected.add("end\n\n\n");
    URI input = temp.resolve("many").toUri();
    ShardJob.Result made = shard(input, "many-shards", 6, TextSource.Cut.LINES);
    assertEquals(5, made.shards());
    List<String> texts = texts(made.dataset());
    assertEquals(3001, texts.size());
    assertEquals(expected, new TreeSet<>(texts));
    ShardJob.Result again =
        job(List.of(input), "many-at-once", config(6, TextSource.Cut.LINES, 0)).partitions(1).run();
    assertEquals(made.fingerprint(), again.fingerprint());
    assertTrue(shard(input, "many-shards", 6, TextSource.Cut.LINES).skipped());
  }

  @Test
  void theVocabularyIsPartOfTheFingerprint() throws IOException {
    URI one = write("one/same.txt", "abab");
    URI other = write("other/same.txt", "cdcd");
    ShardJob.Result first = shard(one, "ab", 4, TextSource.Cut.STREAM);
    ShardJob.Result second = shard(other, "cd", 4, TextSource.Cut.STREAM);
    assertEquals(first.content(), second.content()); // the numbers are the same
    assertNotEquals(first.fingerprint(), second.fingerprint());
  }

  @Test
  void whatCannotBeTakenIsRefused() throws IOException {
    URI short1 = write("short.txt", "abc");
    contains(
        "short.txt holds no text of 4 characters (shard.format.length)",
        refused(short1, 4, TextSource.Cut.STREAM));
    URI empty = write("empty.txt", "\n\r\n");
    contains("empty.txt holds no line of text", refused(empty, 4, TextSource.Cut.LINES));
    Path latin = Files.write(temp.resolve("latin.txt"), new byte[] {'a', (byte) 0xE4, 'b', 'c'});
    contains(
        "latin.txt is not text in UTF-8: see its byte 1",
        refused(latin.toUri(), 4, TextSource.Cut.LINES));
    StringBuilder alphabet = new StringBuilder();
    for (int i = 0; i < 257; i++) {
      alphabet.appendCodePoint(0x4E00 + i);
    }
    URI many = write("many.txt", alphabet.toString());
    contains(
        "many.txt there are more than 256 different characters, the last one U+4F00; a vocabulary"
            + " has at most so many: replace the rare ones",
        refused(many, 4, TextSource.Cut.STREAM));
  }
}
