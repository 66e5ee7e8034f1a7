package io.sparkddpm.examples;

import io.sparkddpm.spark.ml.FrechetDistanceEvaluator;
import org.apache.spark.sql.SparkSession;

/** Measures the Fréchet distance of a table of samples from a table of images. */
public final class MeasureDistance {
  private MeasureDistance() {}

  /**
   * The distance.
   *
   * @param samples a table with the column {@code sample}
   * @param images a table with the column {@code image}
   * @param settings such as {@code fid.force=true}
   */
  public static double measure(
      SparkSession spark, String samples, String images, String... settings) {
    return new FrechetDistanceEvaluator()
        .setSampleCol("sample")
        .setReferenceCol("image")
        .setSettings(settings)
        .distance(spark.read().parquet(samples), spark.read().parquet(images));
  }
}
