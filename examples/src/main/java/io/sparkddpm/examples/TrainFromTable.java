package io.sparkddpm.examples;

import io.sparkddpm.spark.ml.DdpmEstimator;
import io.sparkddpm.spark.ml.DdpmModel;
import io.sparkddpm.spark.session.Sessions;
import java.io.IOException;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Trains a small network on a table with a column of images, and saves the model. */
public final class TrainFromTable {
  private TrainFromTable() {}

  /**
   * @param args a Parquet table; a directory for dataset and run; where the model goes; further
   *     settings, such as {@code training.steps=500}
   */
  public static void main(String[] args) throws IOException {
    String[] settings = new String[args.length - 3];
    System.arraycopy(args, 3, settings, 0, settings.length);
    try (SparkSession spark = Sessions.open("train", Map.of())) {
      Dataset<Row> images = spark.read().parquet(args[0]);
      DdpmModel model = new DdpmEstimator().setSettings(settings).setDir(args[1]).fit(images);
      model.write().overwrite().save(args[2]);
    }
  }
}
