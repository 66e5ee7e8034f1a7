package io.sparkddpm.spark.evaluation.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageExportJobTest {
  private static final int IMAGES = 1100; // two files

  private static SparkSession spark;
  private static Configuration conf;
  private static String content;
  @TempDir static Path temp;

  @BeforeAll
  static void start() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("ImageExportJobTest")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    conf = spark.sparkContext().hadoopConfiguration();
    try (OutputStream out = Files.newOutputStream(temp.resolve("a.bin"))) {
      ShapesImages.write(out, 3, IMAGES);
    }
    content = shard("cifar10", "a.bin", "dataset").content().orElseThrow();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static URI uri(String name) {
    return Locations.parse(conf, temp.resolve(name).toString());
  }

  private static ShardJob.Result shard(String format, String input, String output) {
    ShardConfig config =
        ConfigBinder.bind(
            ShardConfig.DEFAULTS,
            ConfigLayer.assignments(
                "test", List.of("format=" + format, "records-per-shard=400", "mix=false")));
    return ShardJob.on(spark).inputs(List.of(uri(input))).output(uri(output)).config(config).run();
  }

  private static ImageExportJob.Result export(String format, String output) {
    return ImageExportJob.on(spark).input(uri("dataset")).output(uri(output)).format(format).run();
  }

  /** What goes out comes in again, with labels and names. */
  @Test
  void parquetAndTarFilesMakeTheSameDataset() {
    for (String format : List.of("huggingface", "webdataset")) {
      assertEquals(IMAGES, export(format, format).images());
      assertEquals(content, shard(format, format, format + "-back").content().orElseThrow());
      assertEquals(Cifar10.CLASS_NAMES, Dataset.open(conf, uri(format + "-back")).classNames());
    }
    assertTrue(Files.exists(temp.resolve("huggingface/train-00001-of-00002.parquet")));
  }

  /** What a killed export of other images has left is gone; what others have put there is not. */
  @Test
  void aFurtherRunFinishesWhatAKilledOneLeft() throws IOException {
    Path output = temp.resolve("killed");
    export("webdataset", "killed");
    Files.move(output.resolve("_SUCCESS"), output.resolve("_UNFINISHED"));
    export("huggingface", "killed");
    export("huggingface", "whole");
    assertEquals(files("whole"), files("killed"));
    assertTrue(files("killed").contains("_SUCCESS"), files("killed").toString());
    Path first = output.resolve("train-00000-of-00002.parquet");
    Files.delete(first);
    assertEquals(IMAGES, export("huggingface", "killed").images());
    assertTrue(Files.notExists(first), "finished exports are not written again");
    refused("holds images already", "folder", "killed");
    Files.createDirectories(temp.resolve("theirs"));
    Path file = Files.write(temp.resolve("theirs/photo.png"), new byte[1]);
    refused("holds photo.png, which no export has left there", "folder", "theirs");
    assertTrue(Files.exists(file));
  }

  private static void refused(String expected, String format, String output) {
    UserException e = assertThrows(UserException.class, () -> export(format, output));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private static List<String> files(String output) throws IOException {
    try (Stream<Path> files = Files.list(temp.resolve(output))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  @Test
  void foldersAndArraysHoldTheSameImages() {
    List<String> expected = images("dataset", true);
    export("npz", "array");
    assertEquals(expected, images("array/images.npz", true));
    export("folder", "folder");
    assertTrue(Files.isDirectory(temp.resolve("folder/airplane")));
    List<String> files = images("folder", false);
    List<String> sorted = new ArrayList<>(images("dataset", false));
    sorted.sort(null);
    files.sort(null);
    assertEquals(sorted, files);
    assertEquals(Cifar10.CLASS_NAMES, ImageSet.open(conf, uri("folder")).classNames());
  }

  private static List<String> images(String name, boolean labels) {
    List<String> images = new ArrayList<>();
    ImageSet.open(conf, uri(name))
        .parts()
        .forEach(
            part ->
                part.read(
                    conf,
                    (image, label, pixels) ->
                        images.add((labels ? label : "") + " " + Arrays.hashCode(pixels.data()))));
    return images;
  }

  @Test
  void unknownFormatsAreRefused() {
    UserException e = assertThrows(UserException.class, () -> export("tfrecord", "other"));
    assertTrue(
        e.getMessage().contains("one of huggingface, webdataset, folder, npz, got tfrecord"),
        e.getMessage());
  }
}
