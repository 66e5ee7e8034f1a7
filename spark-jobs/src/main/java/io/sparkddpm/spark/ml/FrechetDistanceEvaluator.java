package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.FrechetDistance;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The squared Fréchet distance (Heusel et al. 2017) of two sets of images or of vectors. Of images
 * it is what the command {@code fid} measures; with the published Inception network, FID. Less is
 * better.
 */
public final class FrechetDistanceEvaluator extends Evaluator implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> sampleCol;
  private final Param<String> referenceCol;
  private final Param<String> reference;
  private final Param<String> work;
  private final FeatureParams shared;

  public FrechetDistanceEvaluator() {
    this(Identifiable$.MODULE$.randomUID("FrechetDistanceEvaluator"));
  }

  /**
   * @param uid that identifies the evaluator
   */
  public FrechetDistanceEvaluator(String uid) {
    this.uid = uid;
    this.sampleCol =
        new Param<>(
            this, "sampleCol", "column that is measured, of images or vectors", Stages.NOT_EMPTY);
    this.referenceCol =
        new Param<>(this, "referenceCol", "column that it is measured against", Stages.NOT_EMPTY);
    this.reference =
        new Param<>(
            this,
            "reference",
            "images or statistics that evaluate measures against instead of a column, as 'fid"
                + " --reference' takes them",
            Stages.NOT_EMPTY);
    this.work =
        new Param<>(
            this,
            "work",
            "directory that all executors reach, where features of images are kept while they are"
                + " compared; needed on a cluster",
            Stages.NOT_EMPTY);
    this.shared = new FeatureParams(this);
    setDefault(sampleCol, "output");
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<FrechetDistanceEvaluator> read() {
    return new DefaultParamsReadable<FrechetDistanceEvaluator>() {}.read();
  }

  /** An evaluator that was saved. */
  public static FrechetDistanceEvaluator load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public boolean isLargerBetter() {
    return false;
  }

  /**
   * The distance of {@code sampleCol} from {@code referenceCol} of the same rows, or from {@code
   * reference}.
   *
   * @throws UserException if both or neither are set, a column does not fit, or there are too few
   *     images
   */
  @Override
  public double evaluate(Dataset<?> rows) {
    if (isSet(reference) == isSet(referenceCol)) {
      throw new UserException("set either referenceCol or reference");
    }
    if (isSet(referenceCol)) {
      return distance(rows, rows);
    }
    SparkSession spark = Stages.withDriver(rows.sparkSession());
    if (FeatureVectors.are(rows, getOrDefault(sampleCol))) {
      throw new UserException("vectors are measured against vectors: set referenceCol");
    }
    try (Views views = new Views(spark)) {
      URI samples = views.of(rows, getOrDefault(sampleCol));
      return measure(spark, samples, ImageSets.parse(hadoop(spark), getOrDefault(reference)));
    }
  }

  /**
   * The distance of a column from that of another table.
   *
   * @param samples with the column {@code sampleCol}
   * @param references with the column {@code referenceCol}, or {@code sampleCol} where that is not
   *     set
   * @throws UserException as {@link #evaluate}
   */
  public double distance(Dataset<?> samples, Dataset<?> references) {
    SparkSession spark = Stages.withDriver(samples.sparkSession());
    String sample = getOrDefault(sampleCol);
    String other = isSet(referenceCol) ? getOrDefault(referenceCol) : sample;
    boolean vectors = FeatureVectors.are(samples, sample);
    if (vectors != FeatureVectors.are(references, other)) {
      throw new UserException("both %s and %s must be images, or both vectors", sample, other);
    }
    if (vectors) {
      return FrechetDistance.between(
              FeatureVectors.statistics(samples, sample),
              FeatureVectors.statistics(references, other))
          .distance();
    }
    try (Views views = new Views(spark)) {
      return measure(spark, views.of(samples, sample), views.of(references, other));
    }
  }

  private double measure(SparkSession spark, URI samples, URI references) {
    FidJob job =
        FidJob.on(spark)
            .samples(samples)
            .reference(references)
            .config(shared.config().fid())
            .engine(shared.config().inceptionEngine());
    shared.inception(hadoop(spark)).ifPresent(job::inception);
    if (isSet(work)) {
      job.work(Locations.parse(hadoop(spark), getOrDefault(work)));
    }
    return job.run().distance();
  }

  private static Configuration hadoop(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }

  /** Names under which jobs read tables, until it is closed. */
  private static final class Views implements AutoCloseable {
    private final SparkSession spark;
    private final List<Dataset<Row>> tables = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    Views(SparkSession spark) {
      this.spark = spark;
    }

    URI of(Dataset<?> table, String column) {
      Stages.place(table.schema(), column, "a column of images");
      String name = Identifiable$.MODULE$.randomUID("images");
      Dataset<Row> images = table.toDF().select(functions.col(column));
      if (images.storageLevel().equals(StorageLevel.NONE())) { // not the user's cache
        images.persist(StorageLevel.MEMORY_AND_DISK()); // read twice, and expensive to draw
        tables.add(images);
      }
      names.add(name);
      images.createOrReplaceTempView(name);
      return URI.create("table:" + name);
    }

    @Override
    public void close() {
      names.forEach(spark.catalog()::dropTempView);
      tables.forEach(Dataset::unpersist);
    }
  }

  @Override
  public FrechetDistanceEvaluator copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  public Param<String> sampleCol() {
    return sampleCol;
  }

  public Param<String> referenceCol() {
    return referenceCol;
  }

  public Param<String> reference() {
    return reference;
  }

  public Param<String> work() {
    return work;
  }

  public Param<String> inception() {
    return shared.inception;
  }

  public StringArrayParam settings() {
    return shared.settings;
  }

  public FrechetDistanceEvaluator setSampleCol(String column) {
    set(sampleCol, column);
    return this;
  }

  public FrechetDistanceEvaluator setReferenceCol(String column) {
    set(referenceCol, column);
    return this;
  }

  public FrechetDistanceEvaluator setReference(String location) {
    set(reference, location);
    return this;
  }

  public FrechetDistanceEvaluator setWork(String directory) {
    set(work, directory);
    return this;
  }

  public FrechetDistanceEvaluator setInception(String file) {
    set(inception(), file);
    return this;
  }

  /** Replaces all settings. */
  public FrechetDistanceEvaluator setSettings(String... keyValues) {
    set(settings(), keyValues);
    return this;
  }
}
