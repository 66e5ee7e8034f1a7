package io.sparkddpm.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.session.Sessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples one after the other, on a few small images. */
class ExamplesTest {
  @TempDir private static Path dir;

  @BeforeAll
  static void images() throws IOException {
    List<Row> rows =
        IntStream.range(0, 20)
            .mapToObj(i -> RowFactory.create(ImageCodec.encodePng(ShapesImages.draw(4, i).image())))
            .toList();
    try (SparkSession spark = Sessions.open("examples", Map.of())) {
      spark
          .createDataFrame(rows, new StructType().add("image", DataTypes.BinaryType))
          .write()
          .parquet(place("images"));
    }
  }

  private static String place(String name) {
    return dir.resolve(name).toString();
  }

  @Test
  void trainSampleAndMeasure() throws Exception {
    TrainFromTable.main(
        new String[] {
          place("images"),
          place("fits"),
          place("model"),
          "shard.image-size=16",
          "model.image-size=16",
          "model.channels=32",
          "model.multipliers=[1,1]",
          "model.blocks=1",
          "model.attention=[]",
          "training.batch-size=4",
          "training.steps=2",
          "training.ema.rates=[0.9]",
          "training.sample-every=0",
          "sample.weights=ema-0.9",
          "sample.solver=ddim",
          "sample.steps=2"
        });
    DrawSamples.main(new String[] {place("model"), "12", place("samples")});
    try (SparkSession spark = Sessions.open("examples", Map.of())) {
      assertEquals(12, spark.read().parquet(place("samples")).count());
      String[] force = {"fid.force=true"};
      double distance = MeasureDistance.measure(spark, place("samples"), place("images"), force);
      assertTrue(distance > 0, "distance " + distance);
    }
  }
}
