package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Resize;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What LSUN's own tool exports: a folder for each of a key's first six letters. */
class LsunExportTest {
  private static SparkSession spark;
  private static Configuration conf;
  @TempDir private Path temp;

  @BeforeAll
  static void start() {
    spark = Sessions.open("LsunExportTest", Map.of("spark.master", "local[2]"));
    conf = spark.sparkContext().hadoopConfiguration();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void keysAreReadFromTheirFoldersInAMixedOrder() throws IOException {
    RandomStream random = RandomStream.of(11, Purpose.SHAPES);
    TreeMap<String, ByteImage> expected = new TreeMap<>();
    Path category = temp.resolve("export/church_outdoor");
    for (int i = 0; i < 60; i++) {
      String key = LsunFixture.key(random);
      byte[] webp = LsunFixture.encode(LsunFixture.image(random, 20 + i % 5, 31), "webp");
      Path folder = category.resolve(String.join("/", key.substring(0, 6).split("", -1)));
      Files.createDirectories(folder);
      Files.write(folder.resolve(key + ".webp"), webp);
      ByteImage decoded = ImageCodec.decode(webp, key);
      expected.put(key, Resize.toSquare(decoded, 16, ResizeFilter.AREA));
    }
    URI output = Locations.parse(conf, temp.resolve("dataset").toString());
    ShardJob.Result result =
        ShardJob.on(spark)
            .inputs(List.of(Locations.parse(conf, temp.resolve("export").toString())))
            .output(output)
            .config(new ShardConfig(new FolderSource(), 16, ResizeFilter.AREA, 25, 0))
            .run();
    assertEquals(60, result.images());
    assertEquals(3, result.shards());
    Dataset dataset = Dataset.open(conf, output);
    assertEquals(List.of("church_outdoor"), dataset.classNames());
    List<String> sources =
        spark
            .read()
            .parquet(output.toString())
            .orderBy("id")
            .select("source")
            .toJavaRDD()
            .collect()
            .stream()
            .map(r -> r.getString(0))
            .toList();
    Set<String> keys = new HashSet<>();
    int bytes = 3 * 16 * 16;
    for (int shard = 0; shard < 3; shard++) {
      DecodedShard decoded = ShardReader.read(conf, dataset, shard);
      for (int row = 0; row < decoded.size(); row++) {
        int id = (int) decoded.ids()[row];
        assertEquals(25 * shard + row, id);
        String name = Path.of(sources.get(id)).getFileName().toString();
        String key = name.substring(0, name.length() - ".webp".length());
        keys.add(key);
        assertArrayEquals(
            expected.get(key).data(),
            Arrays.copyOfRange(decoded.payload(), row * bytes, (row + 1) * bytes));
      }
    }
    assertEquals(expected.keySet(), keys); // in a mixed order, that of the listing would be sorted
    assertNotEquals(
        sources.stream().sorted(Comparator.comparing(n -> Path.of(n).getFileName())).toList(),
        sources);
  }
}
