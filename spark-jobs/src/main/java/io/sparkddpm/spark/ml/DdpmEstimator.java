package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.TableColumns;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a denoising diffusion model (Ho et al. 2020) on the images of a DataFrame. The
 * configuration is that of the command {@code train}; so are the weights, bit for bit, where {@code
 * shard --format table} makes a dataset of the same images.
 *
 * <p>Datasets and runs are kept in {@link #dir}, in directories named after images and settings: a
 * fit that was killed resumes, one that was done is not done again.
 */
public final class DdpmEstimator extends Estimator<DdpmModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final ModelParams shared;
  private final Param<String> config;
  private final Param<String> dir;

  public DdpmEstimator() {
    this(Identifiable$.MODULE$.randomUID("DdpmEstimator"));
  }

  /**
   * @param uid that identifies the stage
   */
  public DdpmEstimator(String uid) {
    this.uid = uid;
    this.shared = new ModelParams(this);
    this.config =
        new Param<>(
            this,
            "config",
            "file of the configuration on the driver's disk, in HOCON or properties; empty for"
                + " none");
    this.dir =
        new Param<>(
            this,
            "dir",
            "directory of the datasets and runs that fit makes, which all executors reach",
            Stages.NOT_EMPTY);
    setDefault(config, "");
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<DdpmEstimator> read() {
    return new DefaultParamsReadable<DdpmEstimator>() {}.read();
  }

  /** An estimator that was saved. */
  public static DdpmEstimator load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  /**
   * Trains a model. Its settings are the estimator's, with those of the file.
   *
   * @throws UserException if the images cannot be used, or the settings do not fit
   * @throws io.sparkddpm.error.TrainingDivergedException at a loss or weight that is not finite
   */
  @Override
  public DdpmModel fit(Dataset<?> images) {
    SparkSession spark = Stages.withDriver(images.sparkSession());
    transformSchema(images.schema());
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    if (!isSet(dir)) {
      throw new UserException("fit needs a directory for datasets and runs: setDir(…)");
    }
    URI place = Locations.parse(conf, getOrDefault(dir));
    Settings settings = Settings.of(getOrDefault(config), shared.settings(), columns());
    DdpmModel model =
        new DdpmModel(uid, new FitJob(spark, settings.config(), place).run(images).checkpoint());
    copyValues(model, new ParamMap());
    return model.setSettings(settings.assignments()).setParent(this);
  }

  /** The keys that params set. */
  private List<String> columns() {
    List<String> keys = new ArrayList<>(List.of("shard.format=table"));
    if (!shared.get(shared.imageCol).isEmpty()) {
      keys.add("shard.format.image-column=" + shared.get(shared.imageCol));
    }
    if (!shared.get(shared.labelCol).isEmpty()) {
      keys.add("shard.format.label-column=" + shared.get(shared.labelCol));
    }
    return keys;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    TableColumns.images(schema, "DataFrame", shared.get(shared.imageCol));
    return shared.withOutput(schema);
  }

  @Override
  public DdpmEstimator copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  public Param<String> imageCol() {
    return shared.imageCol;
  }

  public Param<String> labelCol() {
    return shared.labelCol;
  }

  public Param<String> indexCol() {
    return shared.indexCol;
  }

  public Param<String> output() {
    return shared.output;
  }

  public Param<String> outputCol() {
    return shared.outputCol;
  }

  public IntParam timestep() {
    return shared.timestep;
  }

  public StringArrayParam settings() {
    return shared.settings;
  }

  public Param<String> config() {
    return config;
  }

  public Param<String> dir() {
    return dir;
  }

  public DdpmEstimator setImageCol(String column) {
    set(imageCol(), column);
    return this;
  }

  public DdpmEstimator setLabelCol(String column) {
    set(labelCol(), column);
    return this;
  }

  public DdpmEstimator setIndexCol(String column) {
    set(indexCol(), column);
    return this;
  }

  public DdpmEstimator setOutput(String what) {
    set(output(), what);
    return this;
  }

  public DdpmEstimator setOutputCol(String column) {
    set(outputCol(), column);
    return this;
  }

  public DdpmEstimator setTimestep(int t) {
    set(timestep(), t);
    return this;
  }

  /** Replaces all settings. */
  public DdpmEstimator setSettings(String... keyValues) {
    set(settings(), keyValues);
    return this;
  }

  public DdpmEstimator setConfig(String file) {
    set(config, file);
    return this;
  }

  public DdpmEstimator setDir(String location) {
    set(dir, location);
    return this;
  }
}
