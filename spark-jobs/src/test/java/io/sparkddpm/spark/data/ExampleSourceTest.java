package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.store.HadoopConf;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset many times as large as what an executor may keep of it. */
class ExampleSourceTest {
  private static final int IMAGES = 3_000;
  private static final int PER_SHARD = 50;
  private static final long LIMIT = 1 << 20;
  private static final DataConfig CONFIG = new DataConfig(4, 1);
  private static final Configuration CONF = new Configuration();

  @TempDir static Path dir;
  private static Dataset dataset;

  /** The local disk, which says that every file lies on a host of its own. */
  public static final class HostedFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("hosted:///");
    }

    @Override
    public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
      String name = file.getPath().getName();
      return new BlockLocation[] {
        new BlockLocation(new String[0], new String[] {"host-" + name, "localhost"}, 0, length)
      };
    }
  }

  @BeforeAll
  static void shard() throws IOException {
    Path images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, IMAGES);
    }
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    ShardJob.on(spark)
        .inputs(List.of(images.toUri()))
        .output(dir.resolve("dataset").toUri())
        .config(new ShardConfig(new Cifar10Source(), 32, ResizeFilter.AREA, PER_SHARD, 0))
        .run();
    spark.stop();
    dataset = Dataset.open(CONF, dir.resolve("dataset").toUri());
  }

  private static ExampleSource source(Dataset from, ShardCache cache) {
    ExampleSource.checkWindowFits(from, CONFIG);
    return new ExampleSource(
        HadoopConf.of(CONF),
        from,
        new DataOrder(11, from.shardSizes(), CONFIG.windowShards()),
        cache);
  }

  @Test
  void anyNumberOfReadersSeeEveryImageOnceAnEpochInTheSameOrderWithinTheLimit() {
    assertTrue((long) IMAGES * dataset.layout().payloadBytes() > 8 * LIMIT, "many times the limit");
    int batch = 40;
    int steps = 2 * IMAGES / batch;
    long[] expected = null;
    for (int readers : new int[] {1, 3}) {
      List<ShardCache> caches = new ArrayList<>();
      List<ExampleSource> sources = new ArrayList<>();
      for (int r = 0; r < readers; r++) {
        caches.add(new ShardCache(LIMIT));
        sources.add(source(dataset, caches.get(r)));
      }
      long[] order = new long[steps * batch];
      for (int step = 0; step < steps; step++) {
        for (int r = 0; r < readers; r++) {
          int begin = r * batch / readers;
          int count = (r + 1) * batch / readers - begin;
          long position = (long) step * batch + begin;
          ExampleSpan read = sources.get(r).read(position, count);
          System.arraycopy(read.ids(), 0, order, (int) position, count);
          long kept = caches.get(r).bytes();
          assertTrue(kept <= LIMIT, () -> kept + " bytes are kept");
        }
      }
      for (int epoch = 0; epoch < 2; epoch++) {
        int[] seen = new int[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
          seen[(int) order[epoch * IMAGES + i]]++;
        }
        for (int id = 0; id < IMAGES; id++) {
          assertEquals(1, seen[id], "image " + id + " in epoch " + epoch);
        }
      }
      expected = expected == null ? order : expected;
      assertArrayEquals(expected, order, readers + " readers");
    }
  }

  @Test
  void hostsAreThoseOfTheFilesWithMostExamplesFirst() {
    CONF.set("fs.hosted.impl", HostedFileSystem.class.getName());
    Dataset hosted =
        new Dataset(
            URI.create("hosted://" + dataset.uri().getPath()),
            dataset.fingerprint(),
            dataset.layout(),
            dataset.medium(),
            dataset.classNames(),
            dataset.shards());
    ExampleSource source = source(hosted, new ShardCache(LIMIT));
    long from = 90;
    int count = 60; // less than a window of 200, so of at most four shards
    int[] examples = new int[dataset.shards().size()];
    for (DataOrder.Place place : source.order().locate(from, count)) {
      examples[place.shard()]++;
    }
    List<String> hosts = source.hosts(from, count);
    assertTrue(hosts.size() > 1 && hosts.size() <= 4, hosts::toString);
    int before = count;
    int all = 0;
    for (String host : hosts) {
      int shard = shardOf(host);
      assertTrue(examples[shard] <= before, hosts::toString);
      before = examples[shard];
      all += before;
    }
    assertEquals(count, all);
    assertEquals(List.of(), source(dataset, new ShardCache(LIMIT)).hosts(from, count));
  }

  /** The local disk, which counts what it is asked for and knows no hosts, as object stores do. */
  public static class CountingFileSystem extends RawLocalFileSystem {
    static final AtomicInteger ASKED = new AtomicInteger();

    @Override
    public URI getUri() {
      return URI.create("counting:///");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      ASKED.incrementAndGet();
      return super.getFileStatus(path);
    }
  }

  /** One whose name node is away. */
  public static final class AwayFileSystem extends CountingFileSystem {
    @Override
    public URI getUri() {
      return URI.create("away:///");
    }

    @Override
    public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length)
        throws IOException {
      ASKED.incrementAndGet();
      throw new IOException("Connection refused");
    }
  }

  private static ExampleSource on(String scheme, Class<? extends FileSystem> fileSystem) {
    CONF.setClass("fs." + scheme + ".impl", fileSystem, FileSystem.class);
    Dataset there =
        new Dataset(
            URI.create(scheme + "://" + dataset.uri().getPath()),
            dataset.fingerprint(),
            dataset.layout(),
            dataset.medium(),
            dataset.classNames(),
            dataset.shards());
    return source(there, new ShardCache(LIMIT));
  }

  @Test
  void aFileSystemThatKnowsNoHostsIsNotAskedForAnything() {
    ExampleSource source = on("counting", CountingFileSystem.class);
    CountingFileSystem.ASKED.set(0);
    assertEquals(List.of(), source.hosts(0, IMAGES));
    assertEquals(0, CountingFileSystem.ASKED.get());
  }

  @Test
  void aFileSystemThatCannotSayIsNotAskedAgainAndTheImagesAreRead() {
    ExampleSource source = on("away", AwayFileSystem.class);
    CountingFileSystem.ASKED.set(0);
    assertEquals(List.of(), source.hosts(0, IMAGES));
    assertEquals(List.of(), source.hosts(IMAGES, IMAGES));
    assertEquals(1, CountingFileSystem.ASKED.get());
    assertArrayEquals(
        source(dataset, new ShardCache(LIMIT)).read(0, 60).ids(), source.read(0, 60).ids());
  }

  private static int shardOf(String host) {
    for (int s = 0; s < dataset.shards().size(); s++) {
      String path = dataset.shards().get(s).path();
      if (host.equals("host-" + path.substring(path.lastIndexOf('/') + 1))) {
        return s;
      }
    }
    throw new AssertionError(host);
  }
}
