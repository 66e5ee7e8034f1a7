package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.TableColumns;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.features.RowFeatures;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Adds the features of images as vectors: of the Inception network that FID is measured with, of a
 * TorchScript network, or of a small random network, as the command {@code fid} takes them.
 */
public final class ImageFeatures extends Transformer implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> imageCol;
  private final Param<String> outputCol;
  private final FeatureParams shared;

  public ImageFeatures() {
    this(Identifiable$.MODULE$.randomUID("ImageFeatures"));
  }

  /**
   * @param uid that identifies the stage
   */
  public ImageFeatures(String uid) {
    this.uid = uid;
    this.imageCol = Stages.imageCol(this);
    this.outputCol = new Param<>(this, "outputCol", "column that is added", Stages.NOT_EMPTY);
    this.shared = new FeatureParams(this);
    setDefault(imageCol, "");
    setDefault(outputCol, "features");
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<ImageFeatures> read() {
    return new DefaultParamsReadable<ImageFeatures>() {}.read();
  }

  /** A transformer that was saved. */
  public static ImageFeatures load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  /**
   * Adds the column, computed where and when the rows are.
   *
   * @throws UserException if a column does not fit, or the network's file is missing or foreign
   */
  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    SparkSession spark = Stages.withDriver(rows.sparkSession());
    StructType schema = transformSchema(rows.schema());
    DdpmConfig config = shared.config();
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    ExtractorSpec spec =
        ExtractorSpec.of(
            conf, shared.inception(conf), config.fid(), List.of(), config.inceptionEngine());
    Broadcast<RowFeatures> features =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(new RowFeatures(spec));
    int kept = rows.schema().size();
    return rows.toDF()
        .select(
            functions.col("*"),
            TableColumns.images(rows.schema(), "DataFrame", getOrDefault(imageCol)))
        .mapPartitions(
            new AddedColumn(new Features(features, kept), kept, config.fid().batchSize()),
            Encoders.row(schema));
  }

  /**
   * @param image place of the image files
   */
  private record Features(Broadcast<RowFeatures> features, int image)
      implements AddedColumn.Values {
    @Override
    public Function<List<Row>, List<?>> open() {
      return rows -> {
        List<RowFeatures.Image> images = new ArrayList<>();
        for (Row row : rows) {
          byte[] file = row.getAs(image);
          if (file == null) {
            throw new UserException("a row has no image, or one that is transparent");
          }
          images.add(new RowFeatures.Image("the image of a row", file));
        }
        return features.value().of(images).stream().map(Features::vector).toList();
      };
    }

    private static Object vector(float[] values) {
      double[] vector = new double[values.length];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values[i];
      }
      return Vectors.dense(vector);
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    TableColumns.images(schema, "DataFrame", getOrDefault(imageCol));
    return Stages.with(schema, getOrDefault(outputCol), SQLDataTypes.VectorType());
  }

  @Override
  public ImageFeatures copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  public Param<String> imageCol() {
    return imageCol;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public Param<String> inception() {
    return shared.inception;
  }

  public StringArrayParam settings() {
    return shared.settings;
  }

  public ImageFeatures setImageCol(String column) {
    set(imageCol, column);
    return this;
  }

  public ImageFeatures setOutputCol(String column) {
    set(outputCol, column);
    return this;
  }

  public ImageFeatures setInception(String file) {
    set(inception(), file);
    return this;
  }

  /** Replaces all settings. */
  public ImageFeatures setSettings(String... keyValues) {
    set(settings(), keyValues);
    return this;
  }
}
