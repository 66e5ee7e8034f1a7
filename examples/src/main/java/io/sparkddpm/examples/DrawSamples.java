package io.sparkddpm.examples;

import io.sparkddpm.spark.ml.DdpmModel;
import io.sparkddpm.spark.session.Sessions;
import java.io.IOException;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Draws samples from a saved model into a table of PNG files. */
public final class DrawSamples {
  private DrawSamples() {}

  /**
   * @param args the model; how many samples; where the table goes
   */
  public static void main(String[] args) throws IOException {
    try (SparkSession spark = Sessions.open("sample", Map.of())) {
      DdpmModel model = DdpmModel.load(args[0]).setOutputCol("sample");
      model
          .transform(spark.range(Long.parseLong(args[1])).toDF())
          .write()
          .mode("overwrite")
          .parquet(args[2]);
    }
  }
}
