package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.TaskErrors;
import io.sparkddpm.statistics.FeatureStatistics;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** Columns of vectors, or of arrays of numbers. */
final class FeatureVectors {
  /** A matrix of each reaches the driver. */
  private static final int GROUPS = 16;

  private static final String VECTOR = "vector";

  private FeatureVectors() {}

  /** Statistics on their way to the driver. */
  private record Moments(long count, double[] mean, double[] packedM2) implements Serializable {
    private static final long serialVersionUID = 1L;

    static Moments of(FeatureStatistics statistics) {
      return new Moments(statistics.count(), statistics.mean(), statistics.packedM2());
    }
  }

  /**
   * Whether a column holds vectors.
   *
   * @throws UserException if there is no such column
   */
  static boolean are(Dataset<?> rows, String column) {
    DataType type = type(rows.schema(), column);
    return isVector(type)
        || type instanceof ArrayType array && array.elementType() instanceof NumericType;
  }

  private static DataType type(StructType schema, String column) {
    return schema.fields()[Stages.place(schema, column, "a column of vectors or images")]
        .dataType();
  }

  private static boolean isVector(DataType type) {
    return type.equals(SQLDataTypes.VectorType());
  }

  /**
   * Mean and covariance of a column's vectors, taken in single precision. Vectors are grouped and
   * ordered by what they are, so that the bits do not depend on how the rows lie.
   *
   * @throws UserException if there are fewer than two vectors, or some differ in length or are not
   *     finite
   */
  static FeatureStatistics statistics(Dataset<?> rows, String column) {
    Column vectors = functions.col(column);
    Column values =
        isVector(type(rows.schema(), column))
            ? org.apache.spark.ml.functions.vector_to_array(vectors, "float32")
            : vectors.cast(DataTypes.createArrayType(DataTypes.FloatType));
    List<Moments> groups;
    try {
      groups =
          rows.toDF()
              .select(values.as(VECTOR))
              .repartition(GROUPS, functions.col(VECTOR))
              .sortWithinPartitions(VECTOR)
              .toJavaRDD()
              .mapPartitions(FeatureVectors::moments)
              .collect();
    } catch (Exception e) { // Scala throws checked exceptions without saying so
      throw TaskErrors.of(e);
    }
    FeatureStatistics all = null;
    for (Moments group : groups) {
      FeatureStatistics next = FeatureStatistics.of(group.count(), group.mean(), group.packedM2());
      if (all != null && all.dimension() != next.dimension()) {
        throw differ(all.dimension(), next.dimension());
      }
      all = all == null ? next : all.merge(next);
    }
    if (all == null || all.count() < 2) {
      throw new UserException("a distance needs at least 2 vectors of column %s", column);
    }
    return all;
  }

  private static Iterator<Moments> moments(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return List.<Moments>of().iterator();
    }
    FeatureStatistics.Accumulator sums = null;
    int dimension = 0;
    while (rows.hasNext()) {
      float[] vector = vector(rows.next());
      if (sums == null) {
        dimension = vector.length;
        sums = new FeatureStatistics.Accumulator(dimension);
      }
      if (vector.length != dimension) {
        throw differ(dimension, vector.length);
      }
      sums.add(vector, 0, 1);
    }
    return new ArrayList<>(List.of(Moments.of(sums.finish()))).iterator();
  }

  private static float[] vector(Row row) {
    if (row.isNullAt(0)) {
      throw new UserException("a row has no vector");
    }
    List<Float> values = row.getList(0);
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i) == null ? Float.NaN : values.get(i);
      if (!Float.isFinite(vector[i])) {
        throw new UserException("element %d of a vector is %s", i, vector[i]);
      }
    }
    return vector;
  }

  private static UserException differ(int one, int other) {
    return new UserException("vectors differ in length: %d and %d", one, other);
  }
}
