package io.sparkddpm.spark.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Fréchet distance of columns of vectors against closed forms. */
class VectorDistanceTest {
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = Sessions.open("vectors", Map.of("spark.master", "local[2]"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Of diagonal covariances: |μ₁−μ₂|² + Σ (σ₁−σ₂)². */
  @Test
  void theDistanceOfVectorsIsThatOfTheirGaussians() {
    FrechetDistanceEvaluator evaluator = new FrechetDistanceEvaluator().setSampleCol("v");
    assertFalse(evaluator.isLargerBetter());
    assertEquals(9 + 1, evaluator.distance(corners(0, 1, 1), corners(3, 2, 1)), 1e-6);
    assertEquals(
        evaluator.distance(corners(0, 1, 1), corners(3, 2, 1).repartition(7)),
        evaluator.distance(corners(0, 1, 1).coalesce(1), corners(3, 2, 1)),
        0);
    assertEquals(0, evaluator.distance(corners(0, 0.5, 1), corners(0, 0.5, 1)), 1e-12);
  }

  /** Four vectors of mean (x, 0) and standard deviations as given, uncorrelated. */
  private static Dataset<Row> corners(double x, double s1, double s2) {
    double unit = Math.sqrt(0.75); // the covariance divides by 3
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      double a = x + (i % 2 == 0 ? unit : -unit) * s1;
      rows.add(RowFactory.create(Vectors.dense(a, (i < 2 ? unit : -unit) * s2)));
    }
    return spark.createDataFrame(rows, new StructType().add("v", SQLDataTypes.VectorType()));
  }

  @Test
  void arraysAreVectorsToo() {
    FrechetDistanceEvaluator evaluator = new FrechetDistanceEvaluator().setSampleCol("v");
    Dataset<Row> arrays =
        spark.sql("SELECT * FROM VALUES (array(0, 0)), (array(2, 0)), (array(1, 1)) AS t(v)");
    assertEquals(0, evaluator.distance(arrays, arrays), 1e-12);
    assertEquals(
        25,
        evaluator.distance(arrays, arrays.selectExpr("transform(v, x -> x + sqrt(12.5)) AS v")),
        1e-5);
    Dataset<Row> longer = spark.sql("SELECT * FROM VALUES (array(1)), (array(1, 2)) AS t(v)");
    UserException differ =
        assertThrows(UserException.class, () -> evaluator.distance(longer, longer));
    assertTrue(differ.getMessage().startsWith("vectors differ in length"), differ.getMessage());
  }
}
