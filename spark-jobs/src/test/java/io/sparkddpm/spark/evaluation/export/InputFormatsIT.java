package io.sparkddpm.spark.evaluation.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.evaluation.stats.ReferenceStats;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.statistics.FeatureStatistics;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same images in the same order make the same dataset from every format, on a cluster, and have
 * the same statistics.
 */
class InputFormatsIT {
  private static final int IMAGES = 200;

  /** Sums in double, in the different orders that images have in tables and folders. */
  private static final double ROUNDING = 1e-12;

  @TempDir private static Path dir;
  private static LocalCluster cluster;
  private static SparkSession spark;

  @BeforeAll
  static void start() throws IOException {
    cluster = LocalCluster.start(Files.createDirectory(dir.resolve("cluster")), 2, 1, "1g");
    SparkSession.Builder session = SparkSession.builder().appName("formats");
    cluster.settings(2).forEach(session::config);
    session.config("spark.executor.memory", "600m").config("spark.sql.shuffle.partitions", "2");
    spark = session.getOrCreate();
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
    cluster.close();
  }

  private static ShardJob.Result shard(String format, String input, String output) {
    boolean table = format.equals("table");
    List<String> keys = new ArrayList<>(List.of("format=" + format, "mix=false"));
    if (table) {
      keys.addAll(List.of("format.label-column=kind", "format.id-column=path"));
    }
    keys.add("records-per-shard=70");
    ShardConfig config =
        ConfigBinder.bind(ShardConfig.DEFAULTS, ConfigLayer.assignments("test", keys));
    ShardJob job = ShardJob.on(spark).output(dir.resolve(output).toUri()).config(config);
    return (table ? job.tables(List.of(input)) : job.inputs(List.of(dir.resolve(input).toUri())))
        .run();
  }

  private static void export(String input, String format) {
    ImageExportJob.on(spark)
        .input(dir.resolve(input).toUri())
        .output(dir.resolve(format).toUri())
        .format(format)
        .run();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(".png")).sorted().toList();
    }
  }

  private static void archives(Path folder) throws IOException {
    try (ZipOutputStream zip =
            new ZipOutputStream(Files.newOutputStream(dir.resolve("images.zip")));
        TarArchiveOutputStream tar =
            new TarArchiveOutputStream(Files.newOutputStream(dir.resolve("images.tar")))) {
      for (Path file : files(folder)) {
        String name = folder.relativize(file).toString();
        byte[] bytes = Files.readAllBytes(file);
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
  }

  /** Mean and covariance of the features of a set of images, as users name it. */
  private static FeatureStatistics statistics(String set, int number) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    URI output = dir.resolve("statistics-" + number).toUri();
    ReferenceStatsJob.on(spark).input(ImageSets.parse(conf, set)).output(output).run();
    return ReferenceStats.read(conf, output).statistics();
  }

  @Test
  void everyFormatMakesTheSameDatasetAndStatistics() throws IOException {
    try (OutputStream out = Files.newOutputStream(dir.resolve("images.bin"))) {
      ShapesImages.write(out, 3, IMAGES);
    }
    shard("cifar10", "images.bin", "drawn");
    export("drawn", "folder");
    ShardJob.Result folder = shard("folder", "folder", "from-folder");
    assertEquals(IMAGES, folder.images());
    List.of("huggingface", "webdataset", "npz").forEach(f -> export("from-folder", f));
    archives(dir.resolve("folder"));
    String table =
        "SELECT path, content, element_at(split(path, '/'), -2) AS kind FROM binaryFile.`"
            + dir.resolve("folder")
            + "/*`";
    Map<String, String> inputs = new LinkedHashMap<>();
    inputs.put("huggingface", "huggingface");
    inputs.put("webdataset", "webdataset");
    inputs.put("npz", "npz");
    inputs.put("table", table);
    inputs.forEach(
        (format, input) ->
            assertEquals(
                folder.content(), shard(format, input, "from-" + format).content(), format));
    for (String archive : List.of("images.zip", "images.tar")) {
      assertEquals(
          folder.content(), shard("folder", archive, "from-" + archive).content(), archive);
    }
    List<String> sorted = Cifar10.CLASS_NAMES.stream().sorted().toList();
    for (String dataset : List.of("from-folder", "from-huggingface", "from-table")) {
      assertEquals(
          sorted,
          Dataset.open(spark.sparkContext().hadoopConfiguration(), dir.resolve(dataset).toUri())
              .classNames());
    }
    List<String> sets =
        new ArrayList<>(List.of("table:" + table, "cifar10:" + dir.resolve("images.bin")));
    for (String name :
        List.of("drawn", "folder", "huggingface", "webdataset", "npz", "images.zip")) {
      sets.add(dir.resolve(name).toString());
    }
    sets.add("folder:" + dir.resolve("images.tar"));
    FeatureStatistics first = statistics(sets.get(0), 0);
    assertEquals(IMAGES, first.count());
    for (int i = 1; i < sets.size(); i++) {
      FeatureStatistics other = statistics(sets.get(i), i);
      assertEquals(IMAGES, other.count(), sets.get(i));
      assertArrayEquals(first.mean(), other.mean(), ROUNDING, sets.get(i));
      assertArrayEquals(first.covariance(), other.covariance(), ROUNDING, sets.get(i));
    }
  }
}
