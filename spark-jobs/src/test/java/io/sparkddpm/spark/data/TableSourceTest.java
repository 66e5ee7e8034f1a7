package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tables and queries of Spark as inputs. */
class TableSourceTest extends ShardFixture {
  private static final int IMAGES = 60;

  @BeforeAll
  static void tables() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      LabelledImage shape = ShapesImages.draw(4, i);
      rows.add(
          RowFactory.create(
              (long) i,
              ImageCodec.encodePng(shape.image()),
              shape.label(),
              "kind " + shape.label()));
    }
    pixels();
    StructType schema =
        new StructType()
            .add("number", DataTypes.LongType)
            .add("picture", DataTypes.BinaryType)
            .add("label", DataTypes.IntegerType)
            .add("kind", DataTypes.StringType);
    spark.createDataFrame(rows, schema).createOrReplaceTempView("shapes");
  }

  /** The same images by Spark's image schema. */
  private static void pixels() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      byte[] planes = ShapesImages.draw(4, i).image().data();
      byte[] data = new byte[planes.length];
      for (int p = 0; p < 1024; p++) {
        for (int c = 0; c < 3; c++) {
          data[3 * p + 2 - c] = planes[c * 1024 + p];
        }
      }
      rows.add(RowFactory.create((long) i, RowFactory.create("file", 32, 32, 3, 16, data)));
    }
    StructType image =
        new StructType()
            .add("origin", DataTypes.StringType)
            .add("height", DataTypes.IntegerType)
            .add("width", DataTypes.IntegerType)
            .add("nChannels", DataTypes.IntegerType)
            .add("mode", DataTypes.IntegerType)
            .add("data", DataTypes.BinaryType);
    StructType schema = new StructType().add("number", DataTypes.LongType).add("image", image);
    spark.createDataFrame(rows, schema).createOrReplaceTempView("pixels");
  }

  private static ShardConfig config(String label, String id, boolean mix, int badLimit) {
    return new ShardConfig(
        new TableSource("", label, id), 32, ResizeFilter.AREA, 25, badLimit, mix);
  }

  private ShardJob.Result shard(String query, String output, ShardConfig config) {
    return ShardJob.on(spark).tables(List.of(query)).output(uri(output)).config(config).run();
  }

  private String refused(String query, ShardConfig config) {
    String message =
        assertThrows(UserException.class, () -> shard(query, "refused", config)).getMessage();
    assertFalse(Files.exists(temp.resolve("refused.table")), "rows stay behind");
    return message;
  }

  /** The order of the rows and how they are spread change nothing. */
  @Test
  void theOrderOfRowsDoesNotMatter() {
    ShardConfig byContent = config("", "", true, 0);
    String some = "SELECT picture, label FROM shapes";
    ShardJob.Result first = shard(some, "a", byContent);
    assertEquals(IMAGES, first.images());
    String other = "SELECT /*+ REPARTITION(7) */ label, picture FROM shapes ORDER BY number DESC";
    assertEquals(first.fingerprint(), shard(other, "b", byContent).fingerprint());
    assertTrue(shard(other, "a", byContent).skipped());
    assertFalse(Files.exists(temp.resolve("a.table")), "rows stay behind");
  }

  @Test
  void byAnIdColumnRowsHaveItsOrder() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      LabelledImage shape = ShapesImages.draw(4, i);
      Path file = temp.resolve(String.format(Locale.ROOT, "folder/%03d.png", i));
      Files.createDirectories(file.getParent());
      Files.write(file, ImageCodec.encodePng(shape.image()));
    }
    ShardConfig folder = new ShardConfig(new FolderSource(), 32, ResizeFilter.AREA, 40, 0, false);
    ShardJob.Result files = job(List.of(uri("folder")), "files", folder).run();
    ShardConfig byNumber = config("none", "number", false, 0);
    assertEquals(files.content(), shard("shapes", "rows", byNumber).content());
    String binary = "SELECT * FROM binaryFile.`" + temp.resolve("folder") + "`";
    ShardConfig byPath = config("none", "path", false, 0);
    assertEquals(files.content(), shard(binary, "binary", byPath).content());
    assertEquals(files.content(), shard("pixels", "pixels", byNumber).content());
  }

  @Test
  void labelsMayBeNames() {
    shard("SELECT picture, kind FROM shapes", "names", config("kind", "", true, 0));
    Dataset dataset = Dataset.open(conf, uri("names"));
    assertEquals("kind 0", dataset.classNames().get(0));
    assertEquals(10, dataset.classNames().size());
  }

  @Test
  void badRowsAreNamedByTheirIds() {
    String query =
        "SELECT number, IF(number = 7, NULL, picture) AS picture, IF(number = 9, NULL, label) AS"
            + " label FROM shapes";
    contains("id=7 has no image", refused(query, config("", "number", false, 0)));
    ShardJob.Result result = shard(query, "left", config("", "number", false, 2));
    assertEquals(IMAGES - 2, result.images());
    contains("id=9 has no label, but others have", result.badImages().get(1));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    contains(
        "cannot read the table SELECT x FROM nowhere: [TABLE_OR_VIEW_NOT_FOUND]",
        refused("SELECT x FROM nowhere", config("", "", true, 0)));
    contains(
        "has no column of image files as bytes",
        refused("SELECT number FROM shapes", config("", "", true, 0)));
    contains(
        "shard.format.image-column must be one of its columns [picture, again]",
        refused("SELECT picture, picture AS again FROM shapes", config("", "", true, 0)));
    contains(
        "shard.format.id-column must be one of its columns [number, picture, label, kind], got key",
        refused("shapes", config("", "key", true, 0)));
    contains(
        "the table has no rows",
        refused("SELECT * FROM shapes WHERE 1 = 0", config("none", "", true, 0)));
  }

  /** Equal bits whatever files the rows are in, so that statistics that are there are found. */
  @Test
  void statisticsAndDistancesTakeTables() {
    FidConfig config = FidConfig.DEFAULTS.withForce(true).withPerClass(true);
    ReferenceStatsJob statistics =
        ReferenceStatsJob.on(spark)
            .input(ImageSets.parse(conf, "table:SELECT picture, label FROM shapes"))
            .output(uri("stats"))
            .config(config);
    ReferenceStatsJob.Result first = statistics.run();
    assertEquals(IMAGES, first.images());
    URI other =
        ImageSets.parse(
            conf,
            "table:SELECT /*+ REPARTITION(5) */ label, picture FROM shapes ORDER BY number DESC");
    assertTrue(statistics.input(other).run().skipped());
    assertEquals(
        first.fingerprint(), statistics.output(uri("again")).partitions(1).run().fingerprint());
    shard("SELECT picture, label FROM shapes", "dataset", config("", "", true, 0));
    FidResult result =
        FidJob.on(spark)
            .samples(other)
            .reference(uri("dataset"))
            .output(uri("fid.json"))
            .config(config)
            .run();
    assertEquals(0, result.distance(), 1e-6);
    assertEquals("table", result.samples().kind());
    assertEquals(first.images(), result.samples().images());
    try (Stream<Path> left = Files.list(temp)) {
      assertTrue(left.noneMatch(file -> file.toString().endsWith(".table")), "rows stay behind");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    URI missing = ImageSets.parse(conf, "table:nowhere");
    String message =
        assertThrows(
                UserException.class,
                () -> FidJob.on(spark).samples(missing).reference(uri("dataset")).run())
            .getMessage();
    contains("cannot read the table nowhere: ", message);
  }
}
