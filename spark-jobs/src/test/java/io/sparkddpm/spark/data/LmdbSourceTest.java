package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Resize;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LmdbSourceTest {
  private static SparkSession spark;
  private static Configuration conf;
  @TempDir private Path temp;

  @BeforeAll
  static void start() {
    spark = Sessions.open("LmdbSourceTest", Map.of("spark.master", "local[2]"));
    conf = spark.sparkContext().hadoopConfiguration();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private URI uri(Path path) {
    return Locations.parse(conf, path.toString());
  }

  private ShardJob.Result shard(Path output, int size, Path... environments) {
    return ShardJob.on(spark)
        .inputs(Stream.of(environments).map(this::uri).toList())
        .output(uri(output))
        .config(new ShardConfig(new LmdbSource(), size, ResizeFilter.AREA, 70, 0))
        .run();
  }

  private static void refused(String expected, ShardJob job) {
    UserException e = assertThrows(UserException.class, job::run);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private ShardJob job(URI input) {
    return ShardJob.on(spark)
        .inputs(List.of(input))
        .output(uri(temp.resolve("refused")))
        .config(new ShardConfig(new LmdbSource(), 8, ResizeFilter.AREA, 10, 0));
  }

  /** Rows by id: source, label, pixels. */
  private List<Row> rows(ShardJob.Result result) {
    return spark
        .read()
        .parquet(result.dataset().toString() + "/*.parquet")
        .orderBy("id")
        .select("id", "source", "label", "data")
        .collectAsList();
  }

  @Test
  void webpJpegAndPngComeInTheOrderOfTheirKeys() throws IOException {
    TreeMap<String, byte[]> entries = new TreeMap<>();
    RandomStream random = RandomStream.of(5, Purpose.SHAPES, 0);
    String[] formats = {"webp", "jpeg", "png"};
    for (int i = 0; i < 600; i++) {
      ByteImage image = LsunFixture.image(random, 20 + random.nextInt(8), 16 + random.nextInt(9));
      entries.put(LsunFixture.key(random), LsunFixture.encode(image, formats[i % 3]));
    }
    Path bedroom = temp.resolve("bedroom_lmdb");
    LsunFixture.write(bedroom, entries);
    Path church = temp.resolve("church_lmdb");
    Map<String, byte[]> one = new TreeMap<>(Map.of("only", entries.firstEntry().getValue()));
    LsunFixture.write(church, one);

    ShardJob.Result result = shard(temp.resolve("dataset"), 8, church, bedroom);
    assertEquals(601, result.images());
    assertEquals(9, result.shards());
    assertEquals(
        List.of("bedroom_lmdb", "church_lmdb"), Dataset.open(conf, result.dataset()).classNames());
    List<Row> rows = rows(result);
    assertEquals("church_lmdb#only", rows.get(0).getString(1));
    assertEquals(1, rows.get(0).getInt(2));
    List<String> keys = new ArrayList<>(entries.keySet());
    for (int i = 0; i < keys.size(); i++) {
      Row row = rows.get(i + 1);
      assertEquals("bedroom_lmdb#" + keys.get(i), row.getString(1));
      assertEquals(0, row.getInt(2));
      ByteImage whole = ImageCodec.decode(entries.get(keys.get(i)), keys.get(i));
      assertArrayEquals(
          Resize.toSquare(whole, 8, ResizeFilter.AREA).data(), (byte[]) row.get(3), keys.get(i));
    }
    assertTrue(shard(temp.resolve("dataset"), 8, church, bedroom).skipped());
    try (Stream<Path> files = Files.list(bedroom)) {
      assertEquals(
          Set.of("data.mdb", "lock.mdb"),
          Set.copyOf(files.map(f -> f.getFileName().toString()).toList()));
    }
  }

  @Test
  void everyDataFileIsAClassOfItsDirectorysName() throws IOException {
    RandomStream random = RandomStream.of(7, Purpose.SHAPES, 0);
    for (String name : List.of("tower", "bridge")) {
      byte[] png = LsunFixture.encode(LsunFixture.image(random, 9, 9), "png");
      LsunFixture.write(temp.resolve(name), new TreeMap<>(Map.of("key", png)));
    }
    Files.createDirectories(temp.resolve("copy"));
    Files.copy(temp.resolve("tower/data.mdb"), temp.resolve("copy/data.mdb"));
    ShardJob.Result result =
        shard(
            temp.resolve("dataset"),
            8,
            temp.resolve("tower/data.mdb"),
            temp.resolve("bridge/data.mdb"),
            temp.resolve("copy"));
    assertEquals(
        List.of("bridge", "copy", "tower"), Dataset.open(conf, result.dataset()).classNames());
    assertEquals("tower#key", rows(result).get(0).getString(1));
    assertEquals(1, result.warnings().size(), result.warnings()::toString);
    assertTrue(
        result.warnings().get(0).contains("have equal content: their images are taken twice"),
        result.warnings()::toString);
  }

  @Test
  void theSharedSamplesAreRead() {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    Path environment = Path.of(data, "lmdb", "gt.lmdb");
    ShardJob.Result result = shard(temp.resolve("shared"), 256, environment);
    List<Row> rows = rows(result);
    assertEquals(2, result.images());
    assertEquals("gt.lmdb#baboon", rows.get(0).getString(1));
    assertEquals("gt.lmdb#comic", rows.get(1).getString(1));
    assertEquals(3 * 256 * 256, ((byte[]) rows.get(1).get(3)).length);
  }

  @Test
  void whatIsNoLmdbIsRefused() throws IOException {
    refused("input file:/nowhere does not exist", job(URI.create("file:/nowhere")));
    Path empty = Files.createDirectory(temp.resolve("empty"));
    refused("data.mdb does not exist", job(uri(empty)));
    Path text = temp.resolve("text.mdb");
    Files.write(text, new byte[20_000]);
    refused("text.mdb cannot be read as LMDB", job(uri(text)));
    Path cut = temp.resolve("cut_lmdb");
    RandomStream random = RandomStream.of(6, Purpose.SHAPES, 0);
    TreeMap<String, byte[]> entries = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      entries.put("" + i, LsunFixture.encode(LsunFixture.image(random, 64, 64), "png"));
    }
    LsunFixture.write(cut, entries);
    try (RandomAccessFile file = new RandomAccessFile(cut.resolve("data.mdb").toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    refused("data.mdb is cut off: it has ", job(uri(cut)));
    Path text2 = temp.resolve("text_lmdb");
    LsunFixture.write(text2, new TreeMap<>(Map.of("key", new byte[] {1, 2, 3})));
    refused("text_lmdb#key is neither PNG nor JPEG nor WebP", job(uri(text2)));
  }
}
