package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of Delta Lake and Iceberg by their own runtimes, which the session's settings name. */
class LakeTablesTest {
  private static final int IMAGES = 40;
  private static final ShardConfig CONFIG =
      new ShardConfig(new TableSource("", "", "number"), 32, ResizeFilter.AREA, 25, 0, false);

  @TempDir static Path temp;
  private static SparkSession spark;
  private static String expected;

  @BeforeAll
  static void tables() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("lake")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.codegen.wholeStage", "false") // tables of 40 rows
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .config("spark.sql.warehouse.dir", temp.resolve("warehouse").toString())
            .config(
                "spark.sql.extensions",
                "io.delta.sql.DeltaSparkSessionExtension,"
                    + "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.ice.type", "hadoop")
            .config("spark.sql.catalog.ice.warehouse", temp.resolve("ice").toString())
            .getOrCreate();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      LabelledImage shape = ShapesImages.draw(4, i);
      rows.add(RowFactory.create((long) i, ImageCodec.encodePng(shape.image()), shape.label()));
    }
    StructType schema =
        new StructType()
            .add("number", DataTypes.LongType)
            .add("picture", DataTypes.BinaryType)
            .add("label", DataTypes.IntegerType);
    spark.createDataFrame(rows, schema).createOrReplaceTempView("shapes");
    expected = content("shapes", "plain");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String content(String query, String output) {
    return ShardJob.on(spark)
        .tables(List.of(query))
        .output(temp.resolve(output).toUri())
        .config(CONFIG)
        .run()
        .content()
        .orElseThrow();
  }

  @Test
  void deltaTablesAndTheirVersions() {
    String table = "delta.`" + temp.resolve("delta") + "`";
    spark.sql("CREATE TABLE " + table + " USING delta PARTITIONED BY (label) AS TABLE shapes");
    assertEquals(expected, content("SELECT * FROM " + table, "delta-first"));
    spark.sql("DELETE FROM " + table + " WHERE number = 3");
    assertNotEquals(expected, content("SELECT * FROM " + table, "delta-second"));
    assertEquals(expected, content("SELECT * FROM " + table + " VERSION AS OF 0", "delta-old"));
  }

  @Test
  void icebergTablesAndTheirSnapshots() {
    spark.sql("CREATE TABLE ice.db.shapes USING iceberg AS TABLE shapes");
    assertEquals(expected, content("ice.db.shapes", "ice-first"));
    long snapshot = spark.sql("SELECT snapshot_id FROM ice.db.shapes.snapshots").first().getLong(0);
    spark.sql("DELETE FROM ice.db.shapes WHERE number = 3");
    assertNotEquals(expected, content("ice.db.shapes", "ice-second"));
    String old = "SELECT * FROM ice.db.shapes VERSION AS OF " + snapshot;
    assertEquals(expected, content(old, "ice-old"));
  }
}
