package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.FidResultJson;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.EncodeJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels from the dataset to the distance of each class, with a real network. */
class ConditionalTest {
  private static final int CLASSES = 10;
  private static final int IMAGES = 60;

  @TempDir private Path dir;
  private SparkSession spark;

  @AfterEach
  void stop() {
    ExecutorState.free();
    if (spark != null) {
      spark.stop();
    }
  }

  private static UNetConfig network(int classes, double labelDropout) {
    return LabelledRun.network(classes, labelDropout);
  }

  private URI shard() throws IOException {
    return LabelledRun.shard(spark, dir, IMAGES);
  }

  private TrainJob job(String run, URI dataset, UNetConfig network) {
    return LabelledRun.job(spark, dir.resolve(run), dataset, network);
  }

  private SampleJob sampling(String run, SampleConfig config) {
    return SampleJob.on(spark).from(dir.resolve(run).toUri()).config(config).count(24);
  }

  private static SampleConfig of(int label) {
    return of(label, 1);
  }

  private static SampleConfig of(int label, double scale) {
    return of(label, scale, -1);
  }

  private static SampleConfig of(int label, double scale, double fromLevel) {
    return new SampleConfig(
        new DdimSolver(0),
        4,
        Spacing.UNIFORM,
        5,
        6,
        "raw",
        label,
        null,
        null,
        new ClassifierFreeGuidance(scale, 0, 100, 0.5),
        0.99,
        fromLevel);
  }

  private static float[] weights(URI run) {
    return Checkpoints.latestWhole(new Configuration(), run).orElseThrow().weights("raw");
  }

  private List<Samples.Sample> read(URI samples) {
    Samples all = Samples.open(new Configuration(), samples);
    return all.shards().stream().flatMap(s -> all.read(s).stream()).toList();
  }

  private static JsonNode classes(FidResult result) throws IOException {
    return new ObjectMapper().readTree(FidResultJson.write(List.of(result))).get("classes");
  }

  @Test
  void classesAreLearnedDrawnAndMeasured() throws IOException {
    spark = TrainFixture.spark("local[2]");
    URI dataset = shard();
    job("run", dataset, network(CLASSES, 0.3)).run();

    URI all = sampling("run", of(-1)).to(dir.resolve("all").toUri()).run().output();
    URI third = sampling("run", of(3)).to(dir.resolve("third").toUri()).run().output();
    List<Samples.Sample> inTurn = read(all);
    List<Samples.Sample> ofThird = read(third);
    for (int i = 0; i < inTurn.size(); i++) {
      assertEquals(i % CLASSES, inTurn.get(i).label());
      assertEquals(3, ofThird.get(i).label());
      boolean same = Arrays.equals(inTurn.get(i).file(), ofThird.get(i).file());
      assertEquals(i % CLASSES == 3, same, "image " + i); // the same noise
    }

    URI guided = sampling("run", of(3, 4)).to(dir.resolve("guided").toUri()).run().output();
    URI again =
        sampling("run", of(3, 4)).partitions(1).to(dir.resolve("again").toUri()).run().output();
    for (int i = 0; i < ofThird.size(); i++) {
      byte[] png = read(guided).get(i).file();
      assertArrayEquals(png, read(again).get(i).file(), "image " + i);
      assertFalse(Arrays.equals(png, ofThird.get(i).file()), "image " + i);
    }

    namesOfClassesAreKept(all, ofThird);
    madeFromImages(dataset);
    encoded(dataset);
    FidConfig config = FidConfig.DEFAULTS.withForce(true).withPerClass(true);
    FidResult stored = FidJob.on(spark).samples(all).reference(dataset).config(config).run();
    try (DrawnSamples drawn = sampling("run", of(-1)).drawn()) {
      FidResult unstored = FidJob.on(spark).samples(drawn).reference(dataset).config(config).run();
      assertEquals(classes(stored), classes(unstored));
    }
    assertEquals(CLASSES, classes(stored).size());
  }

  /** From the dataset to the run, and from there to samples and the rows of their grid. */
  private void namesOfClassesAreKept(URI all, List<Samples.Sample> ofThird) throws IOException {
    URI run = dir.resolve("run").toUri();
    List<String> names = ShapesImages.CLASS_NAMES;
    Configuration conf = new Configuration();
    assertEquals(names, Checkpoints.latestWhole(conf, run).orElseThrow().classNames());
    assertEquals(names, ClassNotes.read(Samples.open(conf, all).manifest()));
    SampleJob named = sampling("run", of(-1)).className(names.get(3));
    List<Samples.Sample> cross = read(named.to(dir.resolve("cross").toUri()).run().output());
    for (int i = 0; i < cross.size(); i++) {
      assertArrayEquals(ofThird.get(i).file(), cross.get(i).file(), "image " + i);
    }
    String grid = Files.readString(dir.resolve("all/grid.svg"));
    for (String name : names) {
      assertTrue(grid.contains(">" + name + "</text>"), name);
    }
    assertFalse(Files.exists(dir.resolve("cross/grid.svg")), "of one class alone");
    assertRefused(
        () -> sampling("run", of(-1)).className("dog").to(dir.resolve("x").toUri()).run(),
        "are circle, square, triangle, cross, ring, star, stripes, diamond, crescent, heart");
  }

  /** The left half of each image is kept, or little noise is added to all of it. */
  private void madeFromImages(URI dataset) throws IOException {
    byte[] black = new byte[3 * 16 * 16];
    for (int i = 0; i < black.length; i++) {
      black[i] = (byte) (i % 16 < 8 ? 0 : 255);
    }
    Path mask = dir.resolve("mask.png");
    Files.write(mask, ImageCodec.encodePng(new ByteImage(black, 3, 16, 16)));
    SampleJob masked = sampling("run", of(3)).images(dataset).mask(mask.toUri());
    List<Samples.Sample> halves = read(masked.to(dir.resolve("halves").toUri()).run().output());
    List<Samples.Sample> again =
        read(
            sampling("run", of(3))
                .images(dataset)
                .mask(mask.toUri())
                .partitions(1)
                .to(dir.resolve("halves2").toUri())
                .run()
                .output());
    List<Samples.Sample> close =
        read(
            sampling("run", of(3, 1, 10))
                .images(dataset)
                .to(dir.resolve("close").toUri())
                .run()
                .output());
    Dataset opened = Dataset.open(new Configuration(), dataset);
    byte[] first = ShardReader.read(new Configuration(), opened, 0).payload();
    byte[] second = ShardReader.read(new Configuration(), opened, 1).payload();
    for (int i = 0; i < halves.size(); i++) {
      ByteImage half = ImageCodec.decode(halves.get(i).file(), "half");
      ByteImage whole = ImageCodec.decode(close.get(i).file(), "whole");
      assertArrayEquals(halves.get(i).file(), again.get(i).file());
      int size = (int) opened.shardSizes()[0];
      int differs = 0;
      for (int j = 0; j < black.length; j++) {
        byte source =
            i < size ? first[i * black.length + j] : second[(i - size) * black.length + j];
        if (black[j] == 0) {
          assertEquals(source, half.data()[j], "image " + i + ", value " + j);
        } else {
          differs += source == half.data()[j] ? 0 : 1;
        }
        int off = Math.abs((source & 0xFF) - (whole.data()[j] & 0xFF));
        assertTrue(off < 40, "image " + i + ", value " + j + " is off by " + off);
      }
      assertTrue(differs > black.length / 4, "image " + i);
    }
    assertRefused(
        () -> sampling("run", of(3)).images(dataset).to(dir.resolve("x").toUri()).run(),
        "would be kept: give a mask, or the level at which samples begin (sample.from-level)");
    assertRefused(
        () -> sampling("run", of(3, 1, 500)).to(dir.resolve("x").toUri()).run(),
        "sample.from-level = 500.0 is for images that are made from others");
    assertRefused(
        () -> sampling("run", of(3)).mask(mask.toUri()).to(dir.resolve("x").toUri()).run(),
        "is for images that it keeps parts of");
    Files.write(mask, ImageCodec.encodePng(new ByteImage(new byte[3 * 8 * 8], 3, 8, 8)));
    assertRefused(masked::run, "must have the size of the images, 16 x 16, got 8 x 8");
    Files.write(mask, ImageCodec.encodePng(new ByteImage(new byte[3 * 16 * 16], 3, 16, 16)));
    assertRefused(masked::run, "is all black; it must be black where images are kept");
  }

  private EncodeJob.Result encode(URI dataset, int count, String output) {
    SampleConfig config = new SampleConfig(DdimSolver.DEFAULTS, 40, Spacing.KARRAS, 5, 6, "raw");
    URI run = dir.resolve("run").toUri();
    return EncodeJob.on(spark)
        .from(run)
        .images(dataset)
        .to(dir.resolve(output).toUri())
        .levels(config)
        .count(count)
        .probes(1)
        .run();
  }

  /** There and back; an image does not depend on how many there are. */
  private void encoded(URI dataset) throws IOException {
    EncodeJob.Result many = encode(dataset, 8, "encoded");
    encode(dataset, 2, "fewer");
    assertTrue(many.meanError() < 10, "off by " + many.meanError());
    assertTrue(Double.isFinite(many.bitsPerDim()));
    List<String> table = Files.readAllLines(dir.resolve("encoded/encode.tsv"));
    assertEquals("index\terror\tbits-per-dim\tevaluations", table.get(0));
    assertEquals(9, table.size());
    assertEquals(table.subList(0, 3), Files.readAllLines(dir.resolve("fewer/encode.tsv")));
    assertEquals(
        64 * 3 + 2 * 4, ImageIO.read(dir.resolve("encoded/encode.png").toFile()).getHeight());
  }

  @Test
  void withheldLabelsDoNotDependOnPartitions() throws IOException {
    spark = TrainFixture.spark("local[1]");
    URI dataset = shard();
    job("one", dataset, network(CLASSES, 0.5)).run();
    spark.stop();
    spark = TrainFixture.spark("local[3]");
    job("three", dataset, network(CLASSES, 0.5)).run();
    job("never", dataset, network(CLASSES, 0)).run();
    float[] one = weights(dir.resolve("one").toUri());
    assertArrayEquals(one, weights(dir.resolve("three").toUri()));
    assertFalse(Arrays.equals(one, weights(dir.resolve("never").toUri())));
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    spark = TrainFixture.spark("local[2]");
    URI dataset = shard();
    assertRefused(
        job("seven", dataset, network(7, 0))::run, "has 10 classes, but model.classes = 7");
    assertFalse(Files.exists(dir.resolve("seven")));
    job("none", dataset, network(0, 0)).run();
    assertRefused(
        () -> sampling("none", of(3)).to(dir.resolve("x").toUri()).run(),
        "is for networks with classes");
    URI plain = sampling("none", of(-1)).to(dir.resolve("plain").toUri()).run().output();
    assertFalse(Samples.open(new Configuration(), plain).hasLabels());
    job("ten", dataset, network(CLASSES, 0)).run();
    assertRefused(
        () -> sampling("ten", of(10)).to(dir.resolve("x").toUri()).run(),
        "must be below the network's 10 classes, got 10");
    assertRefused(
        () -> sampling("ten", of(3, 2)).to(dir.resolve("x").toUri()).run(),
        "guidance.scale = 2.0 needs a network that also learned without labels");
    assertFalse(Files.exists(dir.resolve("x")));
    assertNotEquals(0, read(plain).size());
  }

  private static void assertRefused(Runnable run, String message) {
    UserException e = assertThrows(UserException.class, run::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
