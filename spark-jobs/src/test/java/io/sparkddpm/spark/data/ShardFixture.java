package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What tests share that make datasets: a session, a directory, and CIFAR-10's first records. */
abstract class ShardFixture {
  static SparkSession spark;
  static Configuration conf;
  @TempDir Path temp;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2, 3]") // each task may fail twice
            .appName("shard")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.hadoop.fs.flaky.impl", FailingFileSystem.class.getName())
            .getOrCreate();
    conf = spark.sparkContext().hadoopConfiguration();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  final URI uri(String name) {
    return Locations.parse(conf, temp.resolve(name).toString());
  }

  final ShardJob job(List<URI> inputs, String output, ShardConfig config) {
    return ShardJob.on(spark).inputs(inputs).output(uri(output)).config(config);
  }

  static String refused(ShardJob job) {
    return assertThrows(UserException.class, job::run).getMessage();
  }

  static void contains(String expected, String message) {
    assertTrue(message.contains(expected), message);
  }

  static List<SourceSlice> slices(SourceListing listing) {
    List<SourceSlice> slices = new ArrayList<>();
    listing.forEach(slices::add);
    return slices;
  }

  /** CIFAR-10's first records, of which the files of {@code DDPM_TEST_DATA} were made. */
  static List<LabelledImage> cifar10(int count) throws IOException {
    byte[] batch;
    try (InputStream in = Files.newInputStream(TestData.file("cifar10/data_batch_1.bin"))) {
      batch = in.readNBytes(count * Cifar10.RECORD_BYTES);
    }
    List<LabelledImage> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(Cifar10.decode(batch, i * Cifar10.RECORD_BYTES, "batch", i));
    }
    return records;
  }

  /** Record i of the dataset is image i. */
  static void assertHolds(List<LabelledImage> expected, Dataset dataset) {
    for (int shard = 0; shard < dataset.shards().size(); shard++) {
      DecodedShard decoded = ShardReader.read(conf, dataset, shard);
      for (int row = 0; row < decoded.size(); row++) {
        LabelledImage record = expected.get((int) decoded.ids()[row]);
        assertEquals(record.label(), decoded.labels()[row]);
        byte[] pixels = Arrays.copyOfRange(decoded.payload(), row * 3072, (row + 1) * 3072);
        assertArrayEquals(record.image().data(), pixels);
      }
    }
  }
}
