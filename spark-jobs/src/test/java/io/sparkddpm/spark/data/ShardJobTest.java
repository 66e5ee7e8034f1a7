package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.Resize;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Locations;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class ShardJobTest extends ShardFixture {
  private Path shapes(String name, long seed, int count) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      ShapesImages.write(out, seed, count);
    }
    return file;
  }

  private static ShardConfig config(String format, int size, int perShard, int badLimit) {
    List<String> keys = List.of("format=" + format, "image-size=" + size);
    ShardConfig config =
        ConfigBinder.bind(ShardConfig.DEFAULTS, ConfigLayer.assignments("test", keys));
    return new ShardConfig(config.format(), size, config.resize(), perShard, badLimit);
  }

  private ShardJob job(String input, String output, ShardConfig config) {
    return job(List.of(uri(input)), output, config);
  }

  private Map<String, byte[]> files(String dir) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(temp.resolve(dir))) {
      for (Path path : paths.toList()) {
        files.put(path.getFileName().toString(), Files.readAllBytes(path));
      }
    }
    return files;
  }

  @Test
  void cifar10ComesBackAsItWas() throws IOException {
    shapes("in/a.bin", 1, 105);
    ShardJob.Result result = job("in/a.bin", "out", config("cifar10", 32, 40, 0)).run();
    assertEquals(105, result.images());
    assertEquals(3, result.shards());
    assertFalse(result.skipped());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(result.fingerprint(), dataset.fingerprint());
    assertEquals(Cifar10.CLASS_NAMES, dataset.classNames());
    assertArrayEquals(new long[] {40, 40, 25}, dataset.shardSizes());
    for (int shard = 0; shard < 3; shard++) {
      DecodedShard decoded = ShardReader.read(conf, dataset, shard);
      for (int row = 0; row < decoded.size(); row++) {
        long id = decoded.ids()[row];
        assertEquals(40L * shard + row, id);
        LabelledImage expected = ShapesImages.draw(1, id);
        assertEquals(expected.label(), decoded.labels()[row]);
        byte[] pixels = Arrays.copyOfRange(decoded.payload(), row * 3072, (row + 1) * 3072);
        assertArrayEquals(expected.image().data(), pixels);
      }
    }
  }

  @Test
  void sparkReadsTheShards() throws IOException {
    shapes("in/a.bin", 1, 50);
    job("in/a.bin", "out", config("cifar10", 32, 20, 0)).run();
    org.apache.spark.sql.Dataset<Row> rows = spark.read().parquet(uri("out").toString());
    assertEquals(
        "id BIGINT,label INT,data BINARY,source STRING",
        rows.schema().toDDL().replace(" NOT NULL", ""));
    assertEquals(50, rows.count());
    Row row = rows.filter("id = 37").collectAsList().get(0);
    assertEquals(7, row.<Integer>getAs("label"));
    assertEquals("a.bin#37", row.getAs("source"));
    assertArrayEquals(ShapesImages.draw(1, 37).image().data(), row.<byte[]>getAs("data"));
  }

  @Test
  void anyPartitioningAndPlaceGivesTheSameBytes() throws IOException {
    shapes("in/a.bin", 1, 105);
    shapes("in/b.bin", 2, 30);
    shapes("elsewhere/in/a.bin", 1, 105);
    shapes("elsewhere/in/b.bin", 2, 30);
    ShardConfig config = config("cifar10", 24, 16, 0);
    String one = job("in", "out1", config).partitions(1).run().fingerprint();
    String four = job("in", "out4", config).partitions(4).run().fingerprint();
    String there = job("elsewhere/in", "there", config).run().fingerprint();
    assertEquals(one, four);
    assertEquals(one, there);
    Map<String, byte[]> expected = files("out1");
    for (String out : new String[] {"out4", "there"}) {
      Map<String, byte[]> actual = files(out);
      assertEquals(expected.keySet(), actual.keySet());
      expected.forEach(
          (name, bytes) -> {
            if (name.startsWith("part-")) {
              assertArrayEquals(bytes, actual.get(name), name);
            }
          });
    }
  }

  @Test
  void whatIsDoneIsSkippedAndWhatDiffersRefused() throws IOException {
    shapes("in/a.bin", 1, 50);
    ShardConfig config = config("cifar10", 32, 20, 0);
    String fingerprint = job("in/a.bin", "out", config).run().fingerprint();
    ShardJob.Result again = job("in/a.bin", "out", config).run();
    assertTrue(again.skipped());
    assertEquals(fingerprint, again.fingerprint());
    assertEquals(50, again.images());
    shapes("copy/a.bin", 1, 50); // the same images elsewhere
    assertTrue(job("copy/a.bin", "out", config).run().skipped());
    contains(
        "already holds a dataset made with other settings (shard.image-size was 32, now 16)",
        refused(job("in/a.bin", "out", config("cifar10", 16, 20, 0))));
    shapes("in/a.bin", 2, 50);
    contains(
        "already holds a dataset made from other images", refused(job("in/a.bin", "out", config)));
    assertEquals(fingerprint, Dataset.open(conf, uri("out")).fingerprint());
  }

  @Test
  void anInterruptedDatasetIsMadeAgain() throws IOException {
    shapes("in/a.bin", 1, 50);
    ShardConfig config = config("cifar10", 32, 20, 0);
    Files.createDirectories(temp.resolve("out"));
    Files.writeString(temp.resolve("out/part-00001.parquet"), "half");
    Files.writeString(temp.resolve("out/part-00077.attempt-0-1.parquet"), "half");
    job("in/a.bin", "out", config).run();
    // Tasks of the interrupted job may still write: no file has a name of theirs.
    List<FileEntry> made = Artifact.open(conf, uri("out")).manifest().files();
    assertEquals(
        List.of("part-00000.parquet", "part-00001.parquet", "part-00002.parquet"),
        made.stream().map(FileEntry::logicalPath).toList());
    assertTrue(made.stream().allMatch(f -> f.path().matches("part-\\d{5}-[0-9a-f]{16}.parquet")));
    assertEquals(4, files("out").size());
    assertEquals(
        job("in/a.bin", "fresh", config).run().fingerprint(),
        Dataset.open(conf, uri("out")).fingerprint());
    Files.createDirectories(temp.resolve("mine"));
    Files.writeString(temp.resolve("mine/part-00000-abc.snappy.parquet"), "a treasure");
    contains(
        "holds part-00000-abc.snappy.parquet, which is no part of a dataset",
        refused(job("in/a.bin", "mine", config)));
    assertEquals(1, files("mine").size());
  }

  @Test
  void aRetriedTaskChangesNothing() throws IOException {
    shapes("in/a.bin", 1, 50);
    ShardConfig config = config("cifar10", 32, 20, 0);
    String expected = job("in/a.bin", "out", config).run().fingerprint();
    URI flaky = URI.create("flaky://" + temp.resolve("flaky"));
    FailingFileSystem.failOnce("part-00001.parquet");
    ShardJob.Result result =
        ShardJob.on(spark).inputs(List.of(uri("in/a.bin"))).output(flaky).config(config).run();
    assertEquals(expected, result.fingerprint());
    assertEquals(
        Set.of(
            "_manifest.json",
            "part-00000.parquet",
            "part-00001.attempt-0-1.parquet",
            "part-00002.parquet"),
        files("flaky").keySet());
    assertEquals(List.of(), Artifact.open(conf, flaky).verify());
    DecodedShard shard = ShardReader.read(conf, Dataset.open(conf, flaky), 1);
    assertEquals(20, shard.ids()[0]);
  }

  @Test
  void aFullDiskIsNamedAndLeavesNoDataset() throws IOException {
    shapes("in/a.bin", 1, 50);
    URI flaky = URI.create("flaky://" + temp.resolve("full"));
    FailingFileSystem.failOnce("part-00001.parquet");
    FailingFileSystem.failOnce("part-00001.attempt-0-1.parquet");
    FailingFileSystem.failOnce("part-00001.attempt-0-2.parquet");
    ShardJob job =
        ShardJob.on(spark)
            .inputs(List.of(uri("in/a.bin")))
            .output(flaky)
            .config(config("cifar10", 32, 20, 0));
    String message = refused(job);
    contains("cannot write flaky:/", message);
    contains("part-00001.attempt-0-2.parquet: No space left on device", message);
    assertFalse(Artifact.exists(conf, flaky));
    assertEquals(50, job.run().images()); // when there is space again
  }

  @Test
  void truncatedForeignAndMissingInputsAreNamed() throws IOException {
    Path file = shapes("in/a.bin", 1, 50);
    byte[] whole = Files.readAllBytes(file);
    ShardConfig config = config("cifar10", 32, 20, 0);
    Files.write(file, Arrays.copyOf(whole, 100_000));
    contains(
        "in/a.bin has 100000 bytes, not a multiple of CIFAR-10's record of 3073: it is foreign, or"
            + " cut off in record 32, which begins at byte 98336",
        refused(job("in/a.bin", "out", config)));
    whole[31 * 3073] = 10;
    Files.write(file, whole);
    contains(
        "a.bin: byte 95263 (record 31) is 10, but a CIFAR-10 label is 0 to 9",
        refused(job("in/a.bin", "out", config)));
    Files.write(file, new byte[0]);
    contains("a.bin is empty", refused(job("in/a.bin", "out", config)));
    contains("nothing.bin does not exist", refused(job("in/nothing.bin", "out", config)));
    Files.createDirectories(temp.resolve("empty"));
    contains("holds no CIFAR-10 file", refused(job("empty", "out", config)));
    contains("empty holds no image", refused(job("empty", "out", config("folder", 32, 20, 0))));
    assertFalse(Artifact.exists(conf, uri("out")));
  }

  @Test
  void theTestBatchDoesNotMixWithTheTrainingBatches() throws IOException {
    shapes("in/data_batch_2.bin", 1, 10);
    shapes("in/data_batch_1.bin", 2, 10);
    shapes("in/test_batch.bin", 3, 10);
    List<String> names = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    Files.write(temp.resolve("in/batches.meta.txt"), names);
    ShardConfig config = config("cifar10", 32, 20, 0);
    assertEquals(20, job("in", "out", config).run().images());
    DecodedShard shard = ShardReader.read(conf, Dataset.open(conf, uri("out")), 0);
    assertEquals(names, Dataset.open(conf, uri("out")).classNames());
    byte[] first = ShapesImages.draw(2, 0).image().data();
    assertArrayEquals(first, Arrays.copyOf(shard.payload(), 3072), "files in order of their names");
  }

  @Test
  void onlyOfficialNamesAreTrainingBatchesAndEqualOnesAreSaid() throws IOException {
    shapes("in/data_batch_1.bin", 1, 10);
    shapes("in/data_batch_1 (1).bin", 1, 10);
    shapes("in/test_batch.bin", 3, 10);
    ShardConfig config = config("cifar10", 32, 20, 0);
    ShardJob.Result result = job("in", "out", config).run();
    assertEquals(10, result.images());
    assertEquals(1, result.warnings().size());
    contains(
        "took 10 images, passed over 1 (data_batch_1 (1).bin is not the name of a training batch)",
        result.warnings().get(0));
    shapes("copy.bin", 1, 10);
    List<URI> twice = List.of(uri("in/data_batch_1.bin"), uri("in/data_batch_1.bin"));
    List<String> warnings =
        ShardJob.on(spark).inputs(twice).output(uri("out2")).config(config).run().warnings();
    assertEquals(1, warnings.size());
    contains("are the same: its images are taken twice", warnings.get(0));
    List<URI> equal = List.of(uri("in/data_batch_1.bin"), uri("copy.bin"));
    warnings = ShardJob.on(spark).inputs(equal).output(uri("out3")).config(config).run().warnings();
    assertEquals(1, warnings.size());
    contains("have equal content: their images are taken twice", warnings.get(0));
  }

  private void image(String name, ByteImage image) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, ImageCodec.encodePng(image));
  }

  private static ByteImage gradient(int channels, int height, int width, int step) {
    byte[] data = new byte[channels * height * width];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (i * step / 8);
    }
    return new ByteImage(data, channels, height, width);
  }

  private void folder() throws IOException {
    image("pets/dog/b.png", gradient(3, 40, 30, 1));
    image("pets/dog/a.png", gradient(1, 16, 16, 3));
    image("pets/cat/deep/er/x.png", gradient(3, 16, 20, 5));
    BufferedImage photo = new BufferedImage(30, 30, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 900; i++) {
      photo.setRGB(i / 30, i % 30, 0xFFFFFF);
    }
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(photo, "jpg", jpeg);
    Files.write(temp.resolve("pets/cat/photo.JPG"), jpeg.toByteArray());
    Files.writeString(temp.resolve("pets/cat/.hidden"), "not an image");
  }

  @Test
  void foldersAreClasses() throws IOException {
    folder();
    ShardJob.Result result = job("pets", "out", config("folder", 16, 3, 0)).run();
    assertEquals(4, result.images());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(List.of("cat", "dog"), dataset.classNames());
    List<Row> rows = spark.read().parquet(uri("out").toString()).orderBy("id").collectAsList();
    assertEquals(
        List.of(
            "0 pets/cat/deep/er/x.png",
            "0 pets/cat/photo.JPG",
            "1 pets/dog/a.png",
            "1 pets/dog/b.png"),
        rows.stream().map(r -> r.getAs("label") + " " + r.getAs("source")).toList());
    byte[] white = rows.get(1).getAs("data");
    for (byte pixel : white) {
      assertEquals(-1, pixel);
    }
    assertArrayEquals(gradient(1, 16, 16, 3).toRgb().data(), rows.get(2).<byte[]>getAs("data"));
    assertArrayEquals(
        Resize.toSquare(gradient(3, 40, 30, 1), 16, ResizeFilter.AREA).data(),
        rows.get(3).<byte[]>getAs("data"));
    assertEquals(2, Artifact.open(conf, uri("out")).manifest().count("class/00001"));
  }

  @Test
  void thinImagesAreCroppedAndOrientationIsCounted() throws IOException {
    image("odd/all/thin.png", gradient(3, 20_000, 1, 1));
    BufferedImage photo = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(photo, "jpg", jpeg);
    byte[] exif =
        HexFormat.of()
            .parseHex(
                "ffe10022457869660000"
                    + "49492a0008000000"
                    + "0100120103000100000006000000"
                    + "00000000");
    byte[] plain = jpeg.toByteArray();
    byte[] turned = new byte[plain.length + exif.length];
    System.arraycopy(plain, 0, turned, 0, 2);
    System.arraycopy(exif, 0, turned, 2, exif.length);
    System.arraycopy(plain, 2, turned, 2 + exif.length, plain.length - 2);
    Files.write(temp.resolve("odd/all/turned.jpg"), turned);
    ShardConfig config = config("folder", 256, 10, 0);
    ShardJob.Result result = job("odd", "out", config).run();
    assertEquals(2, result.images());
    assertEquals(1, result.warnings().size());
    contains("1 of 2 images carry an EXIF orientation, which is ignored", result.warnings().get(0));
    assertEquals(result.warnings(), job("odd", "out", config).run().warnings());
  }

  @Test
  void aFileLargerThanTheHeapIsABadImageUnread() throws IOException {
    image("mostly/1.png", gradient(3, 16, 16, 1));
    image("mostly/2.png", gradient(3, 16, 16, 2));
    File large = temp.resolve("mostly/2.png").toFile();
    try (RandomAccessFile sparse = new RandomAccessFile(large, "rw")) {
      sparse.setLength(2_100_000_000L);
    }
    String refusal = refused(job("mostly", "out", config("folder", 16, 100, 0)));
    contains("mostly/2.png has 2100000000 bytes, too many to be read", refusal);
    ShardJob.Result result = job("mostly", "out", config("folder", 16, 100, 1)).run();
    assertEquals(1, result.images());
  }

  @Test
  void aFlatFolderHasNoClassesAndAMixedOneIsRefused() throws IOException {
    image("flat/1.png", gradient(3, 16, 16, 1));
    image("flat/2.png", gradient(3, 16, 16, 2));
    ShardConfig config = config("folder", 16, 100, 0);
    assertEquals(2, job("flat", "out", config).run().images());
    assertEquals(List.of(), Dataset.open(conf, uri("out")).classNames());
    image("flat/sub/3.png", gradient(3, 16, 16, 1));
    contains("holds files (1.png) beside folders (sub)", refused(job("flat", "out2", config)));
  }

  @Test
  void badImagesAreCountedListedAndLimited() throws IOException {
    folder();
    Files.writeString(temp.resolve("pets/cat/notes.png"), "meow");
    byte[] png = ImageCodec.encodePng(gradient(3, 16, 16, 1));
    Files.write(temp.resolve("pets/dog/cut.png"), Arrays.copyOf(png, png.length - 20));
    String message = refused(job("pets", "out", config("folder", 16, 10, 0)));
    contains("pets/cat/notes.png is not an image: it begins with", message);
    contains("pets/dog/cut.png is cut off", message);
    contains("(2 bad so far, shard.bad-image-limit is 0)", message);
    refused(job("pets", "out", config("folder", 16, 1, 1)));
    assertFalse(Artifact.exists(conf, uri("out")));
    ShardJob.Result result = job("pets", "out", config("folder", 16, 2, 2)).run();
    assertEquals(4, result.images());
    assertEquals(2, result.badImages().size());
    List<String> bad = result.badImages().stream().sorted().toList();
    contains("pets/cat/notes.png is not an image", bad.get(0));
    contains("pets/dog/cut.png is cut off", bad.get(1));
    assertEquals(
        result.badImages(), job("pets", "out", config("folder", 16, 2, 2)).run().badImages());
    assertEquals(2, Artifact.open(conf, uri("out")).manifest().count("bad-images"));
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(3, dataset.shards().size(), "cut by what is listed");
    assertEquals(4, dataset.size());
  }

  @Test
  void verifyFindsAFlippedByteAndAMissingFile() throws IOException {
    shapes("in/a.bin", 1, 50);
    job("in/a.bin", "out", config("cifar10", 32, 20, 0)).run();
    assertEquals(List.of(), Artifact.verify(conf, uri("out")));
    Path shard = temp.resolve("out/part-00001.parquet");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length / 2] ^= 1;
    Files.write(shard, bytes);
    Files.delete(temp.resolve("out/part-00002.parquet"));
    List<String> problems = Artifact.verify(conf, uri("out"));
    assertEquals(2, problems.size());
    contains("part-00001.parquet is damaged: its SHA-256 is", problems.get(0));
    contains("part-00002.parquet is missing, though the manifest lists it", problems.get(1));
    Dataset dataset = Dataset.open(conf, uri("out"));
    contains(
        "part-00001.parquet is damaged",
        assertThrows(UserException.class, () -> ShardReader.read(conf, dataset, 1)).getMessage());
  }

  @Test
  void aHalfDeletedDatasetIsNotTakenForDone() throws IOException {
    shapes("in/a.bin", 1, 50);
    ShardConfig config = config("cifar10", 32, 20, 0);
    job("in/a.bin", "out", config).run();
    Files.delete(temp.resolve("out/part-00001.parquet"));
    String message = refused(job("in/a.bin", "out", config));
    contains("part-00001.parquet is missing, though the manifest lists it", message);
    contains("to have it made again", message);
  }

  @Test
  void examplesComeInTheOrderFromABoundedCache() throws IOException {
    shapes("in/a.bin", 1, 400);
    job("in/a.bin", "out", config("cifar10", 32, 10, 0)).run();
    Dataset dataset = Dataset.open(conf, uri("out"));
    DataOrder order = new DataOrder(9, dataset.shardSizes(), 4);
    long window = 40 * (3072 + 12);
    ShardCache cache = new ShardCache(window); // a tenth of the dataset
    ExampleSource source = new ExampleSource(HadoopConf.of(conf), dataset, order, cache);
    Set<Long> seen = new HashSet<>();
    for (int step = 0; step < 50; step++) {
      ExampleSpan examples = source.read(step * 8L, 8);
      for (int i = 0; i < examples.size(); i++) {
        long id = examples.ids()[i];
        DataOrder.Place place = order.locate(step * 8L + i);
        assertEquals(10L * place.shard() + place.row(), id);
        assertTrue(seen.add(id), "image " + id + " came twice");
        assertEquals(id % 10, examples.labels()[i]);
        assertArrayEquals(
            ShapesImages.draw(1, id).image().data(),
            Arrays.copyOfRange(examples.payload(), i * 3072, (i + 1) * 3072));
      }
      assertTrue(cache.bytes() <= window);
    }
    assertEquals(400, seen.size());
    assertEquals("[8, 3, 32, 32]", source.read(3, 8).toBatch().toString());
    UserException e =
        assertThrows(
            UserException.class,
            () -> ExampleSource.checkWindowFits(dataset, new DataConfig(40, 1)));
    contains("data.cache-megabytes is 1, but a window of 40 shards", e.getMessage());
    contains("takes 2; raise it", e.getMessage());
  }

  @Test
  void classNamesStandBesideTheBatches() throws IOException {
    shapes("in/a.bin", 1, 10);
    shapes("other/b.bin", 1, 10);
    Files.write(temp.resolve("in/batches.meta.txt"), ShapesImages.CLASS_NAMES);
    ShardConfig config = config("cifar10", 32, 20, 0);
    job("in/a.bin", "out", config).run();
    assertEquals(ShapesImages.CLASS_NAMES, Dataset.open(conf, uri("out")).classNames());
    assertTrue(job("in/a.bin", "out", config).run().skipped());
    ShardJob both = ShardJob.on(spark).inputs(List.of(uri("in"), uri("other"))).output(uri("both"));
    contains("the inputs' classes differ: ", refused(both.config(config)));
    Files.write(temp.resolve("in/batches.meta.txt"), Cifar10.CLASS_NAMES);
    contains(
        "already holds a dataset with other classes ([circle, ",
        refused(job("in/a.bin", "out", config)));
    Files.writeString(temp.resolve("in/batches.meta.txt"), "cat\ndog\n");
    contains(
        "in/batches.meta.txt must have the names of CIFAR-10's ten classes, one a line, got [cat,"
            + " dog]",
        refused(job("in/a.bin", "out2", config)));
  }

  /** Class folders are listed one after the other; shards are not cut so. */
  @Test
  void everyWindowOfAFolderDatasetHoldsAllClasses() throws IOException {
    byte[] png = ImageCodec.encodePng(gradient(3, 4, 4, 1));
    for (int c = 0; c < 10; c++) {
      Path folder = Files.createDirectories(temp.resolve("many/class" + c));
      for (int i = 0; i < 40; i++) {
        Files.write(folder.resolve(i + ".png"), png);
      }
    }
    job("many", "out", config("folder", 4, 10, 0)).run();
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(40, dataset.shards().size());
    DataOrder order = new DataOrder(3, dataset.shardSizes(), 8);
    ExampleSource source =
        new ExampleSource(HadoopConf.of(conf), dataset, order, new ShardCache(1 << 20));
    int[] perClass = new int[10];
    for (int window = 0; window < 5; window++) {
      int[] labels = source.read(window * 80L, 80).labels();
      assertEquals(10, Arrays.stream(labels).distinct().count(), "window " + window);
      Arrays.stream(labels).forEach(label -> perClass[label]++);
    }
    assertEquals(10, Arrays.stream(perClass).filter(n -> n == 40).count());
    List<Row> rows = spark.read().parquet(uri("out").toString()).collectAsList();
    assertEquals(400, rows.stream().map(r -> r.<Long>getAs("id")).distinct().count());
    assertTrue(
        rows.stream()
            .allMatch(r -> r.<String>getAs("source").startsWith("many/class" + r.getAs("label"))));
  }

  @Test
  void aSourceOfAnythingElseBecomesADatasetOfFloats() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      text.append(PlaneSource.line(i / 4f, -i, i == 7 ? "up" : i % 2 == 0 ? "left" : "right"));
    }
    Files.writeString(temp.resolve("points.txt"), text);
    contains(
        "points.txt#7 is of class up",
        refused(job("points.txt", "out", config("plane", 9, 20, 0))));
    String one =
        job("points.txt", "out", config("plane", 9, 20, 1)).partitions(1).run().fingerprint();
    assertEquals(one, job("points.txt", "out2", config("plane", 9, 20, 1)).run().fingerprint());
    assertTrue(job("points.txt", "out", config("plane", 9, 20, 1)).run().skipped());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals("float32 [2]", dataset.layout().toString());
    assertEquals(List.of("left", "right"), dataset.classNames());
    ExampleSpan span =
        new ExampleSource(
                HadoopConf.of(conf),
                dataset,
                new DataOrder(1, dataset.shardSizes(), 2),
                new ShardCache(1 << 20))
            .read(0, 49);
    for (int i = 0; i < 49; i++) {
      long id = span.ids()[i];
      assertEquals(id % 2, span.condition().label(i));
      assertEquals(id / 4f, span.toBatch().data()[2 * i]);
      assertEquals(-id, span.toBatch().data()[2 * i + 1]);
    }
    String unknown = assertThrows(UserException.class, () -> config("tiff", 9, 20, 1)).getMessage();
    assertTrue(
        unknown.matches(
            "configuration: format\\.type must be one of cifar10, .*, plane, .*, got 'tiff' \\(test"
                + " format\\)"),
        unknown);
  }

  @Test
  void realCifar10IsShardedExactly() {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set: no real CIFAR-10 to shard");
    URI input = Locations.parse(conf, data + "/cifar10/data_batch_1.bin");
    ShardJob.Result result = ShardJob.on(spark).inputs(List.of(input)).output(uri("out")).run();
    assertEquals(10_000, result.images());
    assertEquals(10, result.shards());
    long[] counts = {1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981};
    for (int label = 0; label < 10; label++) {
      String key = Dataset.numbered("class", label);
      assertEquals(counts[label], Artifact.open(conf, uri("out")).manifest().count(key));
    }
    Dataset dataset = Dataset.open(conf, uri("out"));
    long sum = 0;
    for (int shard = 0; shard < 10; shard++) {
      for (byte pixel : ShardReader.read(conf, dataset, shard).payload()) {
        sum += pixel & 0xFF;
      }
    }
    assertEquals(3_718_380_578L, sum, "the sum of all pixels that numpy gives");
    DecodedShard shard = ShardReader.read(conf, dataset, 5);
    assertEquals(6, shard.labels()[0]);
    assertEquals(27, shard.payload()[2 * 1024 + 3 * 32 + 7] & 0xFF, "[5000, 2, 3, 7] by numpy");
  }
}
