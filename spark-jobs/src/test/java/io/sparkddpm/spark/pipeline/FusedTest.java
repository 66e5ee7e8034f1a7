package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TinyRun;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples that are measured as they are drawn, and sweeps over them. */
class FusedTest {
  private static final int SIZE = 16;
  private static final FidConfig FORCED = FidConfig.DEFAULTS.withForce(true);
  private static final SampleConfig DDIM =
      new SampleConfig(new DdimSolver(0), 5, Spacing.UNIFORM, 5, 4, "ema-0.9");

  @TempDir private static Path shared;
  @TempDir private Path temp;

  private static SparkSession spark;
  private static URI run;
  private static URI images;
  private static URI reference;

  @BeforeAll
  static void train() throws IOException {
    spark = TinyRun.spark("local[2]");
    run = TinyRun.train(spark, shared.resolve("run"), SIZE);
    Path folder = Files.createDirectory(shared.resolve("reference"));
    for (int n = 0; n < 30; n++) {
      byte[] pixels = new byte[SIZE * SIZE];
      RandomStream random = RandomStream.of(4, Purpose.SHAPES, n);
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) random.nextInt(256);
      }
      Files.write(
          folder.resolve("image" + n + ".png"),
          ImageCodec.encodePng(new ByteImage(pixels, 1, SIZE, SIZE)));
    }
    images = folder.toUri();
    reference = shared.resolve("statistics").toUri();
    ReferenceStatsJob.on(spark).input(images).output(reference).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SampleJob sampling() {
    return SampleJob.on(spark).engine(TinyRun.engine()).from(run).config(DDIM).count(22);
  }

  @Test
  void theDistanceOfDrawnSamplesIsThatOfStoredOnes() throws IOException {
    URI stored = sampling().to(temp.resolve("samples").toUri()).run().output();
    FidResult expected = FidJob.on(spark).samples(stored).reference(reference).config(FORCED).run();
    Path json = temp.resolve("fused/fid.json");
    FidResult fused;
    try (DrawnSamples drawn = sampling().drawn()) {
      fused =
          FidJob.on(spark)
              .samples(drawn)
              .reference(reference)
              .config(FORCED)
              .output(json.toUri())
              .partitions(2)
              .run();
    }
    assertEquals(expected.distance(), fused.distance());
    assertEquals(expected.interval(), fused.interval());
    assertEquals(expected.provenance(), fused.provenance());
    assertEquals("drawn", fused.samples().kind());
    try (Stream<Path> left = Files.walk(temp.resolve("fused"))) {
      assertEquals(List.of(json), left.filter(Files::isRegularFile).toList());
    }
  }

  @Test
  void aSweepMakesATableAndAPlotAndMeasuresNothingTwice() throws IOException {
    List<URI> checkpoints =
        Checkpoints.list(spark.sparkContext().hadoopConfiguration(), run).stream()
            .map(Checkpoint::uri)
            .toList();
    assertEquals(2, checkpoints.size());
    Path output = temp.resolve("sweep");
    Sweep sweep =
        Sweep.on(spark)
            .engine(TinyRun.engine())
            .checkpoints(checkpoints)
            .samplers(List.of(DDIM, DDIM.withWeights("raw")))
            .count(22)
            .reference(reference)
            .config(FORCED)
            .output(output.toUri());
    Sweep.Result result = sweep.run();
    assertEquals(4, result.rows().size());
    assertNotEquals(
        result.rows().get(0).distance().distance(), result.rows().get(1).distance().distance());
    List<String> table = Files.readAllLines(output.resolve("sweep.tsv"));
    assertEquals(
        "step\tweights\tsampler\tsteps\tmetric\tdistance\tlow\thigh\tevaluations\tguidance",
        table.get(0));
    assertTrue(table.get(1).endsWith("\t5\t1.0"), table.get(1));
    assertEquals(5, result.cheapest().evaluations());
    assertTrue(Files.exists(output.resolve("evaluations.png")));
    assertEquals(5, table.size());
    assertTrue(table.get(1).startsWith("6\tema-0.9\tddim\t5\tfd-random\t"), table.get(1));
    assertTrue(table.get(4).startsWith("12\traw\tddim\t5\tfd-random\t"), table.get(4));
    byte[] png = Files.readAllBytes(output.resolve("sweep.png"));
    assertEquals(1000, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
    Path first = output.resolve("step-00000006-ema-0.9-ddim-5.json");
    byte[] before = Files.readAllBytes(first);
    assertEquals(
        result.rows().get(3).distance().distance(),
        sweep.run().rows().get(3).distance().distance());
    assertEquals(new String(before, StandardCharsets.UTF_8), Files.readString(first));
  }

  @Test
  void aSweepTakesTheFeaturesOfImagesOnceAndResumesAgainstThem() throws IOException {
    Path output = temp.resolve("sweep");
    Sweep sweep =
        Sweep.on(spark)
            .engine(TinyRun.engine())
            .checkpoints(List.of(run))
            .samplers(List.of(DDIM))
            .count(22)
            .config(FORCED);
    double expected =
        sweep
            .reference(reference)
            .output(temp.resolve("s").toUri())
            .run()
            .rows()
            .get(0)
            .distance()
            .distance();
    sweep = sweep.samplers(List.of(DDIM, DDIM.withWeights("raw"))).output(output.toUri());
    Sweep.Result result = sweep.reference(images).run();
    assertEquals(expected, result.rows().get(0).distance().distance());
    assertArrayEquals(
        Files.readAllBytes(Path.of(reference).resolve("features.stats")),
        Files.readAllBytes(output.resolve("reference/features.stats")));
    Path first;
    try (var files = Files.list(output)) {
      first = files.filter(f -> f.toString().endsWith("ema-0.9-ddim-5.json")).findFirst().get();
    }
    FileTime made = Files.getLastModifiedTime(first);
    assertEquals(result.rows(), sweep.run().rows());
    assertEquals(made, Files.getLastModifiedTime(first));
  }

  @Test
  void weightsThatAreNotThereAreNamed() {
    UserException e =
        assertThrows(
            UserException.class, () -> sampling().config(DDIM.withWeights("ema-0.5")).drawn());
    assertTrue(e.getMessage().contains("has no weights 'ema-0.5'"), e.getMessage());
  }
}
