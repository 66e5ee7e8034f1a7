package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructType;
import scala.Function1;

/** Params that stages share, and what they check of columns. */
final class Stages {
  /** Accepts texts that are not empty. */
  static final Function1<String, Object> NOT_EMPTY =
      (Function1<String, Object> & Serializable) text -> !text.isEmpty();

  private Stages() {}

  /** A stage's param of the column of images. */
  static Param<String> imageCol(Params stage) {
    return new Param<>(
        stage,
        "imageCol",
        "column of the images: image files as bytes, alone or in a struct with bytes and path,"
            + " or Spark's image struct; empty for the only one");
  }

  /** A stage's param of settings beyond its other params. */
  static StringArrayParam settings(Params stage) {
    return new StringArrayParam(
        stage,
        "settings",
        "key=value settings by the keys of the command's configuration, such as seed=3");
  }

  /**
   * A session, unless it is one of Spark Connect.
   *
   * @throws UserException if it is
   */
  static SparkSession withDriver(SparkSession spark) {
    try {
      spark.sparkContext();
      return spark;
    } catch (UnsupportedOperationException e) {
      throw new UserException(
          e,
          "Spark Connect cannot run these stages, which need a driver of their own: open the"
              + " session with spark.master instead of spark.remote, such as by Sessions.open");
    }
  }

  /**
   * A schema with another column.
   *
   * @throws UserException if there is one of that name
   */
  static StructType with(StructType schema, String column, DataType type) {
    if (List.of(schema.fieldNames()).contains(column)) {
      throw new UserException("there is a column %s already: set another outputCol", column);
    }
    return schema.add(column, type);
  }

  /**
   * Where a column is.
   *
   * @param param that names it
   * @throws UserException naming the columns, if there is none of that name
   */
  static int place(StructType schema, String column, String param) {
    List<String> columns = List.of(schema.fieldNames());
    if (!columns.contains(column)) {
      throw new UserException("%s must be one of the columns %s, got %s", param, columns, column);
    }
    return columns.indexOf(column);
  }

  /** As {@link #place}, of a column of whole numbers. */
  static int wholeNumbers(StructType schema, String column, String param) {
    int place = place(schema, column, param);
    DataType type = schema.fields()[place].dataType();
    if (!isWhole(type)) {
      throw new UserException(
          "%s must be a column of whole numbers, but %s is of type %s",
          param, column, type.simpleString());
    }
    return place;
  }

  static boolean isWhole(DataType type) {
    return type instanceof LongType
        || type instanceof IntegerType
        || type instanceof ShortType
        || type instanceof ByteType;
  }
}
