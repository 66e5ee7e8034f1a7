package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.image.Resize;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.ml.DdpmEstimator;
import io.sparkddpm.spark.ml.DdpmModel;
import io.sparkddpm.spark.ml.FrechetDistanceEvaluator;
import io.sparkddpm.spark.ml.ImageFeatures;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.tensor.Batch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

/** Spark ML's stages against the commands, on the same images with the same settings. */
class SparkMlTest {
  private static final Configuration CONF = new Configuration();
  private static final int IMAGES = 24;
  private static final int SAMPLES = 8;
  private static final int STEP = 37;
  private static final FidConfig FID =
      ConfigBinder.bind(
              DdpmConfig.DEFAULTS, ConfigLayer.assignments("test", List.of("fid.force=true")))
          .fid();

  @TempDir private static Path dir;
  private static SparkSession spark;

  /** Loaded in another session than it was trained in; the run is gone. */
  private static DdpmModel model;

  @BeforeAll
  static void commandsThenStages() {
    open();
    images().write().parquet(place("table"));
    save(estimator("first").fit(images().repartition(5).orderBy("picture")), "model");
    Locations.delete(CONF, dir.resolve("first").toUri());
    spark.stop();
    command("shard", "--format=table", "--input=" + place("table"), "--output=" + place("data"));
    command("train", "--dataset=" + place("data"), "--run=" + place("run"));
    command(
        "sample", "--run=" + place("run"), "--count=" + SAMPLES, "--output=" + place("samples"));
    open();
    model = DdpmModel.load(place("model"));
  }

  private static void open() {
    spark =
        Sessions.open(
            "ml",
            Map.of(
                "spark.master", "local[2]",
                "spark.sql.shuffle.partitions", "2",
                "spark.sql.codegen.wholeStage", "false"));
  }

  private static String place(String name) {
    return dir.resolve(name).toString();
  }

  private static void command(String name, String... arguments) {
    Stream<String> settings = Tiny.of(name).stream();
    List<String> all =
        Stream.of(Stream.of(name), Stream.of(arguments), settings).flatMap(s -> s).toList();
    Said said = Said.run(all);
    assertEquals(Cli.OK, said.code(), said.text());
  }

  /** The settings of the commands. */
  private static String[] settings() {
    return Stream.of("shard", "train", "sample")
        .flatMap(command -> Tiny.of(command).stream())
        .map(s -> s.substring("--set=".length()))
        .distinct()
        .toArray(String[]::new);
  }

  private static DdpmEstimator estimator(String name) {
    return new DdpmEstimator().setSettings(settings()).setDir(place(name));
  }

  private static org.apache.spark.sql.Dataset<Row> images() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      LabelledImage shape = ShapesImages.draw(4, i);
      rows.add(RowFactory.create((long) i, ImageCodec.encodePng(shape.image())));
    }
    StructType schema =
        new StructType().add("id", DataTypes.LongType).add("picture", DataTypes.BinaryType);
    return spark.createDataFrame(rows, schema);
  }

  private static void save(DdpmModel trained, String name) {
    try {
      trained.write().save(place(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Map<Long, byte[]> bytes(org.apache.spark.sql.Dataset<Row> rows, String column) {
    Map<Long, byte[]> all = new TreeMap<>();
    rows.select("id", column)
        .collectAsList()
        .forEach(row -> all.put(row.getLong(0), row.<byte[]>getAs(1)));
    return all;
  }

  @Test
  void weightsAreThoseOfTheCommandForTheSameImages() {
    Checkpoint ours = Checkpoint.read(CONF, URI.create(model.checkpoint()));
    Checkpoint commands = Checkpoints.resolve(CONF, dir.resolve("run").toUri());
    assertEquals(commands.weightsSha256(), ours.weightsSha256());
    assertEquals(4, ours.step());
  }

  @Test
  void samplesAreThoseOfTheCommandInAnyOrder() {
    Samples stored = Samples.open(CONF, dir.resolve("samples").toUri());
    Map<Long, byte[]> drawn =
        bytes(model.transform(spark.range(SAMPLES).toDF().orderBy("id").repartition(3)), "output");
    assertEquals(SAMPLES, drawn.size());
    stored.shards().stream()
        .flatMap(shard -> stored.read(shard).stream())
        .forEach(s -> assertArrayEquals(s.file(), drawn.get(s.index()), "sample " + s.index()));
  }

  /** With the network and the schedule alone. */
  @Test
  void noiseAndImagesArePredictedInNoisedImages() {
    DdpmModel noise = model.copy(new ParamMap()).setOutput("noise").setTimestep(STEP);
    Map<Long, Vector> predicted = new TreeMap<>();
    noise
        .transform(images().repartition(3))
        .collectAsList()
        .forEach(row -> predicted.put(row.getLong(0), row.getAs("output")));
    DdpmModel clean = model.copy(new ParamMap()).setOutput("x0").setTimestep(STEP);
    Map<Long, byte[]> x0 = bytes(clean.transform(images()), "output");
    assertEquals(IMAGES, predicted.size());

    Checkpoint checkpoint = Checkpoint.read(CONF, URI.create(model.checkpoint()));
    NoiseSchedule schedule = NoiseSchedule.of(checkpoint.schedule());
    Nd4jEngine engine = new Nd4jEngine();
    try (TrainableNetwork network =
        engine.create(checkpoint.modelConfig(), checkpoint.settings().optimizer(), 1)) {
      network.loadParameters(checkpoint.weights("ema-0.9", network.layout()));
      int size = SampleConfig.DEFAULTS.batchSize(); // kernels may round differently at another
      Batch xt = new Batch(size, checkpoint.modelConfig().inputShape());
      for (int n = 0; n < size; n++) {
        ByteImage image = Resize.toSquare(ShapesImages.draw(4, n).image(), 16, ResizeFilter.AREA);
        float[] pixels = new float[xt.itemLength()];
        Pixels.toFloats(image.data(), 0, pixels, 0, pixels.length);
        float[] drawn = new float[xt.itemLength()];
        RandomStream.of(0, Purpose.PREDICTION, STEP, n).fillGaussian(drawn, 0, drawn.length);
        for (int i = 0; i < drawn.length; i++) {
          xt.data()[xt.offset(n) + i] =
              (float)
                  (schedule.sqrtAlphaCumprod(STEP) * pixels[i]
                      + schedule.sqrtOneMinusAlphaCumprod(STEP) * drawn[i]);
        }
      }
      Batch epsilon = xt.like();
      double[] levels = new double[size];
      Arrays.fill(levels, STEP);
      network.forward(xt, levels, Condition.none(size), epsilon);
      for (int n = 0; n < size; n++) {
        byte[] pixels = ImageCodec.decode(x0.get((long) n), "x0").data();
        for (int i = 0; i < xt.itemLength(); i++) {
          double e = epsilon.data()[epsilon.offset(n) + i];
          assertEquals(e, predicted.get((long) n).apply(i), 1e-5, "noise " + i + " of " + n);
          double x =
              (xt.data()[xt.offset(n) + i] - schedule.sqrtOneMinusAlphaCumprod(STEP) * e)
                  / schedule.sqrtAlphaCumprod(STEP);
          double pixel = 127.5 * (Math.max(-1, Math.min(1, x)) + 1);
          assertEquals(pixel, pixels[i] & 0xFF, 0.51, "x0 " + i + " of " + n);
        }
      }
    }
  }

  @Test
  void aPipelineIsFittedSavedAndLoaded() throws IOException {
    ImageFeatures features = new ImageFeatures().setImageCol("output").setOutputCol("drawn");
    Pipeline pipeline =
        new Pipeline().setStages(new PipelineStage[] {estimator("pipeline"), features});
    pipeline.write().save(place("unfitted"));
    PipelineModel fitted = Pipeline.load(place("unfitted")).fit(images());
    fitted.write().save(place("fitted"));
    Row row = PipelineModel.load(place("fitted")).transform(images()).first();
    assertEquals(List.of("id", "picture", "output", "drawn"), List.of(row.schema().fieldNames()));
    assertArrayEquals(
        bytes(model.transform(spark.range(1).toDF()), "output").get(0L),
        row.<byte[]>getAs("output"));
    assertEquals(192, row.<Vector>getAs("drawn").size());
    assertEquals(2, directories("pipeline"));
    estimator("pipeline").fit(images());
    assertEquals(2, directories("pipeline"), "a fit that is done is not done again");
  }

  @Test
  void classesAreNumbersOrNamesThatTheModelKnows() {
    org.apache.spark.sql.Dataset<Row> labelled =
        images()
            .withColumn("number", functions.expr("cast(id % 3 as int)"))
            .withColumn("kind", functions.expr("concat('kind ', id % 3)"));
    DdpmModel conditional =
        estimator("classes")
            .setLabelCol("kind")
            .setSettings(
                Stream.concat(Stream.of(settings()), Stream.of("model.classes=3"))
                    .toArray(String[]::new))
            .setOutput("x0")
            .setTimestep(STEP)
            .fit(labelled);
    Map<Long, byte[]> byName = bytes(conditional.transform(labelled), "output");
    Map<Long, byte[]> byNumber =
        bytes(conditional.setLabelCol("number").transform(labelled), "output");
    byName.forEach((id, png) -> assertArrayEquals(png, byNumber.get(id), "x0 of " + id));
    refused(
        "knows no images without a class",
        () -> conditional.setLabelCol("none").transform(labelled));
    org.apache.spark.sql.Dataset<Row> unknown =
        conditional.setLabelCol("kind").transform(labelled.withColumn("kind", functions.lit("?")));
    String message = assertThrows(Exception.class, unknown::collectAsList).getMessage();
    assertTrue(message.contains("but the network knows those from 0 to 2"), message);
  }

  private static int directories(String name) {
    String[] found = dir.resolve(name).toFile().list();
    Arrays.sort(found);
    assertTrue(found[0].startsWith("dataset-"), found[0]);
    return found.length;
  }

  @Test
  void theDistanceOfImagesIsThatOfTheJob() {
    FrechetDistanceEvaluator evaluator =
        new FrechetDistanceEvaluator().setSampleCol("output").setSettings("fid.force=true");
    org.apache.spark.sql.Dataset<Row> drawn = model.transform(images());
    double distance = evaluator.copy(new ParamMap()).setReferenceCol("picture").evaluate(drawn);
    drawn.select("output").write().parquet(place("drawn"));
    FidResult expected =
        FidJob.on(spark)
            .samples(ImageSets.parse(CONF, "table:" + place("drawn")))
            .reference(ImageSets.parse(CONF, "table:" + place("table")))
            .config(FID)
            .run();
    assertEquals(expected.distance(), distance, 0);
    FrechetDistanceEvaluator byVectors =
        new FrechetDistanceEvaluator().setSampleCol("a").setReferenceCol("b");
    ImageFeatures ofSamples = new ImageFeatures().setImageCol("output").setOutputCol("a");
    ImageFeatures ofImages = new ImageFeatures().setImageCol("picture").setOutputCol("b");
    double again = byVectors.evaluate(ofImages.transform(ofSamples.transform(drawn)));
    assertEquals(distance, again, 1e-9 * distance);
  }

  @Test
  void aCrossValidatorChoosesAmongSettings() {
    DdpmEstimator estimator = estimator("folds");
    String[] slow =
        Stream.concat(Stream.of(settings()), Stream.of("optimizer.learning-rate=1e-5"))
            .toArray(String[]::new);
    CrossValidatorModel best =
        new CrossValidator()
            .setEstimator(estimator)
            .setEvaluator(
                new FrechetDistanceEvaluator()
                    .setReference("table:" + place("table"))
                    .setSettings("fid.force=true"))
            .setEstimatorParamMaps(
                new ParamGridBuilder()
                    .addGrid(
                        estimator.settings(),
                        JavaConverters.asScalaBuffer(List.of(settings(), slow)))
                    .build())
            .setNumFolds(2)
            .setSeed(1)
            .fit(images());
    assertEquals(2, best.avgMetrics().length);
    assertTrue(Arrays.stream(best.avgMetrics()).allMatch(d -> d > 0));
    assertEquals(6 + 2, directories("folds"));
  }

  @Test
  void paramsAreCheckedAndExplained() {
    assertThrows(IllegalArgumentException.class, () -> new DdpmModel("m").setOutput("nothing"));
    assertTrue(estimator("x").explainParams().contains("dir: directory of the datasets"));
    refused(
        "needs a timestep", () -> model.copy(new ParamMap()).setOutput("x0").transform(images()));
    refused(
        "timestep must be below the model's 1000, got 1000",
        () -> model.copy(new ParamMap()).setOutput("x0").setTimestep(1000).transform(images()));
    refused(
        "indexCol must be one of the columns [picture], got id",
        () -> model.transform(images().drop("id")));
    refused(
        "there is a column picture already",
        () -> model.copy(new ParamMap()).setOutputCol("picture").transform(images()));
    assertThrows(
        IllegalStateException.class, () -> new DdpmModel("none").transform(spark.range(1).toDF()));
    refused("needs a directory", () -> new DdpmEstimator().fit(images()));
    refused(
        "DataFrame has no column of image files", () -> estimator("y").fit(spark.range(3).toDF()));
    refused("no-such-key", () -> estimator("y").setSettings("no-such-key=1").fit(images()));
    refused(
        "set either referenceCol or reference",
        () -> new FrechetDistanceEvaluator().evaluate(images()));
    assertFalse(dir.resolve("y").toFile().exists());
  }

  private static void refused(String expected, Executable call) {
    String message = assertThrows(UserException.class, call).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
