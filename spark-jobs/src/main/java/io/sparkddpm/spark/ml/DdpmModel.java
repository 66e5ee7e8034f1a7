package io.sparkddpm.spark.ml;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SamplesByIndex;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * A trained diffusion model: a checkpoint, and how it is used. {@link #transform} adds to each row
 * what {@link #output} says; a row's value depends on the row, the checkpoint, params and settings
 * alone, not on partitions or executors. Samples are those of the command {@code sample}.
 */
public final class DdpmModel extends Model<DdpmModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String CHECKPOINT = "checkpoint";

  private final String uid;
  private final ModelParams shared;
  private URI checkpoint;

  /**
   * A model without a checkpoint, for readers; use {@link #of} or {@link #load}.
   *
   * @param uid that identifies the stage
   */
  public DdpmModel(String uid) {
    this.uid = uid;
    this.shared = new ModelParams(this);
  }

  DdpmModel(String uid, URI checkpoint) {
    this(uid);
    this.checkpoint = checkpoint;
  }

  /**
   * The model of a run, as of its latest whole checkpoint, or of a checkpoint.
   *
   * @throws UserException if there is none
   */
  public static DdpmModel of(SparkSession spark, String runOrCheckpoint) {
    Configuration conf = Stages.withDriver(spark).sparkContext().hadoopConfiguration();
    URI place = Locations.parse(conf, runOrCheckpoint);
    String uid = Identifiable$.MODULE$.randomUID("DdpmModel");
    return new DdpmModel(uid, Checkpoints.resolve(conf, place).uri());
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<DdpmModel> read() {
    return new Reader();
  }

  /** A model that was saved. */
  public static DdpmModel load(String path) {
    return read().load(path);
  }

  private static final class Reader extends MLReader<DdpmModel> {
    @Override
    public DdpmModel load(String path) {
      DdpmModel model = new DefaultParamsReadable<DdpmModel>() {}.read().load(path);
      Configuration conf = sc().hadoopConfiguration();
      model.checkpoint = Locations.resolve(Locations.parse(conf, path), CHECKPOINT);
      Checkpoint.read(conf, model.checkpoint); // refuses what is cut off
      return model;
    }
  }

  /** Writes the params, and a copy of the checkpoint. */
  @Override
  public MLWriter write() {
    MLWriter params = DefaultParamsWritable.super.write();
    return new MLWriter() {
      @Override
      public void saveImpl(String path) {
        Configuration conf = sc().hadoopConfiguration();
        URI to = Locations.resolve(Locations.parse(conf, path), CHECKPOINT);
        Checkpoint.read(conf, place()).copyTo(conf, to);
        params.saveImpl(path);
      }
    };
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Where the checkpoint lies. */
  public String checkpoint() {
    return place().toString();
  }

  private URI place() {
    checkState(checkpoint != null, "%s has no checkpoint: use DdpmModel.of or load", uid);
    return checkpoint;
  }

  /**
   * Adds a column, computed where and when the rows are.
   *
   * @throws UserException if a column, a setting or the timestep does not fit the model
   */
  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    SparkSession spark = Stages.withDriver(rows.sparkSession());
    StructType schema = transformSchema(rows.schema());
    Settings settings = Settings.of(shared.settings());
    SampleJob job =
        SampleJob.on(spark)
            .engine(settings.config().engineFactory())
            .from(place())
            .config(settings.config().sample())
            .overrides(settings.overrides());
    if (!shared.get(shared.output).equals(ModelParams.SAMPLES)) {
      Checkpoint trained = Checkpoint.read(spark.sparkContext().hadoopConfiguration(), place());
      return new Predictions(spark, shared, settings, trained).add(job.predictor(), rows, schema);
    }
    int kept = rows.schema().size();
    SamplesByIndex samples = job.byIndex();
    Broadcast<SamplesByIndex> everywhere =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(samples);
    AddedColumn.Values values = new SampledValues(everywhere, shared.index(rows.schema()));
    return rows.toDF()
        .mapPartitions(new AddedColumn(values, kept, samples.batchSize()), Encoders.row(schema));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    shared.index(schema);
    return shared.withOutput(schema);
  }

  @Override
  public DdpmModel copy(ParamMap extra) {
    return copyValues(new DdpmModel(uid, checkpoint), extra).setParent(parent());
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

  public DdpmModel setImageCol(String column) {
    set(imageCol(), column);
    return this;
  }

  public DdpmModel setLabelCol(String column) {
    set(labelCol(), column);
    return this;
  }

  public DdpmModel setIndexCol(String column) {
    set(indexCol(), column);
    return this;
  }

  public DdpmModel setOutput(String what) {
    set(output(), what);
    return this;
  }

  public DdpmModel setOutputCol(String column) {
    set(outputCol(), column);
    return this;
  }

  public DdpmModel setTimestep(int t) {
    set(timestep(), t);
    return this;
  }

  /** Replaces all settings. */
  public DdpmModel setSettings(String... keyValues) {
    set(settings(), keyValues);
    return this;
  }

  /** Sets some keys, which beat those that are set already. */
  public DdpmModel addSettings(String... keyValues) {
    Stream<String> all = Stream.concat(Stream.of(shared.settings()), Stream.of(keyValues));
    return setSettings(all.toArray(String[]::new));
  }
}
