package io.sparkddpm.spark.evaluation.items;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.diffusion.BoundProfile;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.network.TransformerConfig;
import io.sparkddpm.network.TransformerConfig.Positions;
import io.sparkddpm.objective.BoundObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.points.ChamferDistance;
import io.sparkddpm.points.DrawnPoints;
import io.sparkddpm.points.Ply;
import io.sparkddpm.points.PointScale;
import io.sparkddpm.points.PointsMedium;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.DrawnFiles;
import io.sparkddpm.spark.data.PointsSource;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.evaluation.bound.EvaluateJob;
import io.sparkddpm.spark.evaluation.export.FileExportJob;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.pipeline.ImageJobs;
import io.sparkddpm.spark.pipeline.Sweep;
import io.sparkddpm.spark.sampling.GridObserver;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import io.sparkddpm.tensor.Batch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points from files to samples and their measures, through every job on the way. */
class PointsFlowTest {
  private static final Configuration CONF = new Configuration();
  private static final int SETS = 24;
  private static final int POINTS = 20;
  private static final SampleConfig DRAWING =
      new SampleConfig(DdimSolver.DEFAULTS, 5, Spacing.UNIFORM, 5, 4, "raw");

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI dataset;
  private static URI run;

  @BeforeAll
  static void train() {
    spark = TrainFixture.spark("local[3]");
    DrawnFiles.write(CONF, "points", base.resolve("files").toUri(), 3, SETS, Progress.NONE);
    dataset = shard("dataset", POINTS, PointsSource.Selection.RANDOM);
    run = job("run", settings(false)).run().run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static URI shard(String name, int points, PointsSource.Selection selection) {
    URI to = base.resolve(name).toUri();
    PointsSource source = new PointsSource(points, selection, PointScale.DEVIATION);
    ShardJob.on(spark)
        .inputs(List.of(base.resolve("files").toUri()))
        .output(to)
        .config(new ShardConfig(source, 32, ResizeFilter.AREA, 10, 0))
        .run();
    return to;
  }

  private static RunSettings settings(boolean clip) {
    RunSettings s =
        TrainFixture.settings(
            TrainFixture.training(4, 4, 2, TrainFixture.averaging(AveragingMode.GRADIENTS, 1)));
    return new RunSettings(
        s.schedule(),
        new DiffusionConfig(PredictionType.V, VarianceType.BETA_TILDE, clip),
        new TransformerConfig(POINTS, 3, 3, 8, 1, 4, 2, Positions.NONE, 0, null, 8, 0),
        s.optimizer(),
        s.training(),
        s.data(),
        s.seed());
  }

  private static TrainJob job(String name, RunSettings settings) {
    return TrainJob.on(spark)
        .directory(base.resolve(name).toUri())
        .dataset(dataset)
        .settings(settings)
        .engine(new Nd4jEngine());
  }

  private static SampleJob drawing(String name) {
    return SampleJob.on(spark).from(run).to(base.resolve(name).toUri()).config(DRAWING).count(16);
  }

  private static void assertRefused(String message, Runnable job) {
    UserException e = assertThrows(UserException.class, job::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void filesBecomeScaledRecordsOfTheirClasses() {
    Dataset opened = Dataset.open(CONF, dataset);
    assertEquals("float32 [3, 1, 20]", opened.layout().toString());
    assertEquals(
        List.of("cone", "cube", "cylinder", "helix", "knot", "rings", "sphere", "torus"),
        opened.classNames());
    assertEquals(SETS, opened.size());
    assertEquals(
        new PointsMedium(PointScale.DEVIATION), DatasetNotes.ofDataset(CONF, dataset).medium());
    for (int shard = 0; shard < opened.shards().size(); shard++) {
      DecodedShard records = ShardReader.read(CONF, opened, shard);
      Batch batch = records.batch(opened.layout(), 0, records.size());
      for (int n = 0; n < batch.count(); n++) {
        double squares = 0;
        for (int i = 0; i < batch.itemLength(); i++) {
          squares += Math.pow(batch.data()[batch.offset(n) + i], 2) / batch.itemLength();
        }
        assertEquals(1, squares, 1e-5);
      }
    }
    assertEquals(
        SETS,
        Dataset.open(CONF, shard("whole", DrawnPoints.POINTS, PointsSource.Selection.ALL)).size());
    assertRefused(
        "has 512 points, not 20 (shard.format.selection=random takes some of more)",
        () -> shard("none", POINTS, PointsSource.Selection.ALL));
    assertRefused(
        "has 512 points, fewer than 513", () -> shard("none", 513, PointsSource.Selection.RANDOM));
  }

  @Test
  void filesAreDrawnIntoNewDirectoriesOnly() throws IOException {
    byte[] first = Files.readAllBytes(base.resolve("files/sphere/000000.ply"));
    assertArrayEquals(new DrawnPoints().file(3, 0), first);
    URI files = base.resolve("files").toUri();
    assertRefused(
        "files/ is not empty: choose a new directory",
        () -> DrawnFiles.write(CONF, "points", files, 3, 1, Progress.NONE));
    assertRefused(
        "cubes cannot be drawn; what can is images, points",
        () -> DrawnFiles.write(CONF, "cubes", files, 3, 1, Progress.NONE));
  }

  @Test
  void checkpointsKnowWhatTheyDraw() {
    Checkpoint checkpoint = Checkpoints.latestWhole(CONF, run).orElseThrow();
    assertEquals(new PointsMedium(PointScale.DEVIATION), checkpoint.notes().medium());
    assertRefused(
        "holds sets of points, which are not within [-1, 1]: set diffusion.clip-x0=false",
        () -> job("clipped", settings(true)).run());
    assertFalse(Files.exists(base.resolve("clipped")));
  }

  @Test
  void theBoundOfNumbersHasADensityAtItsEnd() {
    RunSettings settings = settings(false);
    assertRefused(
        "are floating-point numbers: set training.objective.decoder=density",
        () -> job("bound", with(settings, new BoundObjective())).run());
    assertFalse(Files.exists(base.resolve("bound/checkpoints")));
    job("bound", with(settings, new BoundObjective(DecoderType.DENSITY))).run();
    Checkpoint trained = Checkpoints.latestWhole(CONF, base.resolve("bound").toUri()).orElseThrow();
    assertEquals(4, trained.step());
  }

  private static RunSettings with(RunSettings settings, ObjectiveConfig objective) {
    return settings.withTraining(settings.training().withObjective(objective));
  }

  @Test
  void samplesArePlyFilesOnAnyNumberOfTasks() throws IOException {
    SampleJob.Result one = drawing("one").partitions(1).run();
    SampleJob.Result three = drawing("three").partitions(3).run();
    assertEquals(one.fingerprint(), three.fingerprint());
    Samples samples = Samples.open(CONF, one.output());
    assertEquals(new PointsMedium(PointScale.DEVIATION), samples.medium());
    int files = 0;
    for (FileEntry shard : samples.shards()) {
      for (Samples.Sample sample : samples.read(shard)) {
        assertEquals(POINTS, Ply.read(sample.file(), "sample").count());
        assertEquals(sample.index() % 8, sample.label());
        files++;
      }
    }
    assertEquals(16, files);
    ByteImage grid =
        ImageCodec.decode(Files.readAllBytes(Path.of(one.grid())), "grid"); // 8 classes, 2 each
    assertEquals(8 * (96 + 2) + 2, grid.height());
    assertEquals(2 * (192 + 2) + 2, grid.width());
    ByteImage strip =
        ImageCodec.decode(Files.readAllBytes(Path.of(one.strip().orElseThrow())), "strip");
    assertEquals(2 * (96 + 2) + 2, strip.height());

    FileExportJob.Result exported =
        FileExportJob.on(spark).input(one.output()).output(base.resolve("exported").toUri()).run();
    assertEquals(16, exported.files());
    Samples.Sample second = samples.read(samples.shards().get(0)).get(1);
    assertArrayEquals(
        second.file(), Files.readAllBytes(base.resolve("exported/cube/000000001.ply")));
    assertTrue(Files.exists(base.resolve("exported/_SUCCESS")));

    assertRefused(
        "holds sets of points; images are needed here", () -> ImageSet.open(CONF, one.output()));
    assertRefused(
        "an array of pixels is for networks that draw images",
        () -> drawing("array").npz(true).run());
    assertFalse(Files.exists(base.resolve("array")));
  }

  @Test
  void jobsOfImagesAreRefused() {
    URI samples = drawing("other").run().output();
    ImageJobs.assertRefused(spark, "sets of points", dataset, run, samples, DRAWING, base);
  }

  @Test
  void samplesLieBetweenTwoSets() {
    for (Interpolation.Noise noise :
        List.of(Interpolation.Noise.SHARED, Interpolation.Noise.SEEDS)) {
      SampleJob job =
          drawing("between-" + noise)
              .config(DRAWING.withLabel(2))
              .rows(
                  t ->
                      new Interpolation(
                          noise, Interpolation.Path.LINEAR, 1, 5, List.of(t - 1.0), 3));
      boolean seeds = noise == Interpolation.Noise.SEEDS;
      SampleJob.Result result = (seeds ? job : job.images(dataset)).run();
      assertEquals(3, result.images());
      assertEquals(new PointsMedium(PointScale.DEVIATION), result.medium());
    }
  }

  @Test
  void theBoundIsOneOnADensity() {
    EvaluateJob.Result whole = evaluate("bound-1").partitions(1).run();
    assertEquals(whole.fingerprint(), evaluate("bound-3").partitions(3).run().fingerprint());
    BoundProfile bound = whole.evaluation().sets().get(0).bound();
    assertTrue(Double.isFinite(bound.total().mean()));
    assertEquals(bound.total().mean(), bound.rate() + bound.decoder(), 1e-9);
    URI other = shard("fewer", POINTS - 1, PointsSource.Selection.RANDOM);
    assertRefused("the network of", () -> evaluate("no").datasets(List.of(other)).run());
  }

  private static EvaluateJob evaluate(String output) {
    return EvaluateJob.on(spark)
        .from(run)
        .datasets(List.of(dataset))
        .weights("raw")
        .config(new EvaluateConfig(6, 5, 0, 4, 1))
        .to(base.resolve(output).toUri());
  }

  @Test
  void aSweepMeasuresByTheMetricOfTheMedium() throws IOException {
    Sweep.Result swept =
        Sweep.on(spark)
            .checkpoints(List.of(run))
            .samplers(List.of(DRAWING))
            .count(16)
            .reference(dataset)
            .output(base.resolve("sweep").toUri())
            .run();
    Sweep.Distance distance = swept.rows().get(0).distance();
    assertEquals("minimum-matching-distance", distance.metric());
    MeasureJob.Result stored =
        MeasureJob.on(spark).samples(drawing("swept").run().output()).reference(dataset).run();
    assertEquals(stored.numbers().get(distance.metric()), distance.distance());
    assertTrue(
        Files.readString(base.resolve("sweep/sweep.tsv"))
            .contains("\tddim\t5\tminimum-matching-distance\t"));
  }

  @Test
  void itemsAreChosenAtRandom() {
    Items all = Items.open(CONF, dataset).choose(SETS);
    Items some = Items.open(CONF, dataset).choose(10);
    assertArrayEquals(some.values().data(), Items.open(CONF, dataset).choose(10).values().data());
    List<Integer> places = new ArrayList<>();
    int length = all.values().itemLength();
    for (int i = 0; i < 10; i++) {
      int from = i * length;
      for (int j = 0; j < SETS; j++) {
        if (Arrays.equals(
            some.values().data(),
            from,
            from + length,
            all.values().data(),
            j * length,
            (j + 1) * length)) {
          places.add(j);
          assertEquals(all.labels()[j], some.labels()[i]);
        }
      }
    }
    assertEquals(10, places.stream().distinct().count());
    assertEquals(places.stream().sorted().toList(), places);
    assertTrue(places.get(9) > 9, places.toString());
  }

  @Test
  void gridsOfARunArePictures() throws IOException {
    GridObserver observer =
        new GridObserver(spark, new Nd4jEngine(), DRAWING, DatasetNotes.ofDataset(CONF, dataset));
    Checkpoint checkpoint = Checkpoints.latestWhole(CONF, run).orElseThrow();
    assertEquals(4, checkpoint.step());
    RunSettings s = settings(false);
    RunSettings watched =
        new RunSettings(
            s.schedule(),
            s.diffusion(),
            s.model(),
            s.optimizer(),
            TrainFixture.watched(s.training(), 4),
            s.data(),
            s.seed());
    job("watched", watched).observer(observer).run();
    byte[] png = Files.readAllBytes(base.resolve("watched/grids/step-00000004.png"));
    assertEquals(2 * (96 + 2) + 2, ImageCodec.decode(png, "grid").height()); // 4 sets of 8 classes
  }

  @Test
  void samplesAreMeasuredByAllPairs() {
    URI samples = drawing("measured").run().output();
    MeasureJob.Result measured =
        MeasureJob.on(spark).samples(samples).reference(dataset).count(10).run();
    assertEquals("points", measured.medium());
    assertEquals(new MeasureJob.Side(10, 16), measured.samples());
    assertEquals(new MeasureJob.Side(10, SETS), measured.reference());
    Batch drawn = Items.open(CONF, samples).choose(10).values();
    Batch real = Items.open(CONF, dataset).choose(10).values();
    double matching = 0;
    boolean[] covered = new boolean[10];
    for (int i = 0; i < 10; i++) {
      double nearest = Double.MAX_VALUE;
      int closest = 0;
      for (int j = 0; j < 10; j++) {
        nearest = Math.min(nearest, ChamferDistance.between(real, i, drawn, j));
        boolean closer =
            ChamferDistance.between(drawn, i, real, j)
                < ChamferDistance.between(drawn, i, real, closest);
        closest = closer ? j : closest;
      }
      matching += nearest / 10;
      covered[closest] = true;
    }
    int count = 0;
    for (boolean one : covered) {
      count += one ? 1 : 0;
    }
    assertEquals(count / 10.0, measured.numbers().get("coverage"));
    assertEquals(matching, measured.numbers().get("minimum-matching-distance"), 1e-12 * matching);
    double accuracy = measured.numbers().get("1-nn-accuracy");
    assertTrue(accuracy > 0.5 && accuracy <= 1, "" + accuracy); // four steps of training

    MeasureJob.Result same = MeasureJob.on(spark).samples(dataset).reference(dataset).run();
    assertEquals(new MeasureJob.Side(SETS, SETS), same.reference());
    assertEquals(1, same.numbers().get("coverage"));
    assertEquals(0, same.numbers().get("minimum-matching-distance"));
    assertRefused(
        "nothing.json",
        () ->
            MeasureJob.on(spark)
                .samples(samples)
                .reference(URI.create(base.toUri() + "nothing.json"))
                .run());
  }
}
