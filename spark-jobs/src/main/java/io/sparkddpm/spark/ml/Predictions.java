package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.TableColumns;
import io.sparkddpm.spark.data.TableSource;
import io.sparkddpm.spark.sampling.ImagePredictor;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** Adds what a network sees in the images of rows. */
final class Predictions {
  private static final String NONE = "none";
  private static final String LABEL = "label";

  private final SparkSession spark;
  private final ModelParams params;
  private final Settings settings;
  private final Checkpoint checkpoint;

  /**
   * @param checkpoint of the network
   */
  Predictions(SparkSession spark, ModelParams params, Settings settings, Checkpoint checkpoint) {
    this.spark = spark;
    this.params = params;
    this.settings = settings;
    this.checkpoint = checkpoint;
  }

  /**
   * Rows with another column.
   *
   * @param predictor of the network
   * @param schema of the result
   * @throws UserException if a column or the timestep does not fit
   */
  Dataset<Row> add(ImagePredictor predictor, Dataset<?> rows, StructType schema) {
    int timestep = params.timestep();
    if (timestep >= predictor.timesteps()) {
      throw new UserException(
          "timestep must be below the model's %d, got %d", predictor.timesteps(), timestep);
    }
    StructType given = rows.schema();
    int kept = given.size();
    Optional<Column> label = label(given);
    Dataset<Row> inputs =
        rows.toDF()
            .select(
                functions.col("*"),
                TableColumns.images(given, "DataFrame", params.get(params.imageCol)),
                label.orElse(functions.lit(null)));
    PredictedValues values =
        new PredictedValues(
            JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(predictor),
            decoded(predictor.shape()),
            params.get(params.output),
            timestep,
            params.index(given),
            kept,
            label.isPresent() ? kept + 1 : -1,
            network().classes());
    return inputs.mapPartitions(
        new AddedColumn(values, kept, predictor.batchSize()), Encoders.row(schema));
  }

  private NetworkConfig network() {
    return checkpoint.modelConfig();
  }

  /** How image files become what the network takes. */
  private ShardConfig decoded(Shape shape) {
    ShardConfig shard =
        new ShardConfig(new TableSource(), shape.dim(1), settings.config().shard().resize(), 1, 0);
    if (!shard.layout().shape().equals(shape)) {
      throw new UserException(
          "the images of rows are %s, but the network of %s takes %s",
          shard.layout().shape(), checkpoint, shape);
    }
    return shard;
  }

  /** The classes as numbers; empty where the network is not to know them. */
  private Optional<Column> label(StructType schema) {
    String wanted = params.get(params.labelCol);
    boolean given = List.of(schema.fieldNames()).contains(LABEL);
    boolean none = wanted.equals(NONE) || wanted.isEmpty() && !given;
    if (network().classes() == 0) {
      return Optional.empty();
    }
    if (none && network().labelDropout() == 0) {
      throw new UserException(
          "the network of %s knows no images without a class: set labelCol", checkpoint);
    }
    return none
        ? Optional.empty()
        : Optional.of(numbers(schema, wanted.isEmpty() ? LABEL : wanted));
  }

  private Column numbers(StructType schema, String name) {
    DataType type = schema.fields()[Stages.place(schema, name, "labelCol")].dataType();
    Column column = functions.col("`" + name.replace("`", "``") + "`");
    if (type instanceof StringType) {
      HashMap<String, Integer> byName = new HashMap<>();
      checkpoint.classNames().forEach(known -> byName.put(known, byName.size()));
      return functions
          .udf((UDF1<String, Integer>) byName::get, DataTypes.IntegerType)
          .apply(column);
    }
    Stages.wholeNumbers(schema, name, "labelCol");
    return column;
  }
}
