package io.sparkddpm.spark.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.data.DataType;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.RecordLayout;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.sampling.EncodeJob;
import io.sparkddpm.spark.sampling.FaultyEngine;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latents of a dataset, what is trained on them, and what is drawn from that. */
class LatentJobTest {
  private static final Configuration CONF = new Configuration();
  private static final int IMAGES = 7;

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI dataset;
  private static URI autoencoder;

  @BeforeAll
  static void train() throws IOException {
    spark = TinyRun.spark("local[3]");
    dataset = TinyRun.dataset(spark, base, IMAGES, TinyAutoencoder.SIZE);
    autoencoder = TinyAutoencoder.train(spark, base.resolve("autoencoder"), dataset, 0);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  private static SampleConfig config() {
    return new SampleConfig(DdimSolver.DEFAULTS, 5, Spacing.UNIFORM, 5, 2, "raw");
  }

  private static LatentJob job(String output) {
    return LatentJob.on(spark)
        .from(autoencoder)
        .images(dataset)
        .to(base.resolve(output).toUri())
        .config(config());
  }

  private static LatentCodec codec(CodecNote note) {
    return LatentCodec.open(CONF, note, Optional.empty(), new Nd4jEngine(), 1);
  }

  /** All values of a dataset, as training takes them. */
  private static Batch all(URI uri) {
    Dataset opened = Dataset.open(CONF, uri);
    Batch all = new Batch((int) opened.size(), opened.layout().shape());
    int at = 0;
    for (int shard = 0; shard < opened.shards().size(); shard++) {
      DecodedShard records = ShardReader.read(CONF, opened, shard);
      Batch part = records.batch(opened.layout(), 0, records.size());
      System.arraycopy(part.data(), 0, all.data(), at, part.data().length);
      at += part.data().length;
    }
    return all;
  }

  @Test
  void latentsAreScaledMeansWithTheImagesIds() {
    LatentJob.Latents made = job("latents").encode();
    assertEquals(IMAGES, made.made());
    assertEquals(new RecordLayout(DataType.FLOAT32, Shape.of(2, 4, 4)), made.layout());
    Dataset latents = Dataset.open(CONF, made.dataset());
    Dataset images = Dataset.open(CONF, dataset);
    for (int shard = 0; shard < 3; shard++) {
      DecodedShard from = ShardReader.read(CONF, images, shard);
      DecodedShard to = ShardReader.read(CONF, latents, shard);
      assertArrayEquals(from.ids(), to.ids());
      assertArrayEquals(from.labels(), to.labels());
    }
    Batch values = all(made.dataset());
    double sum = 0;
    double squares = 0;
    for (float value : values.data()) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / values.data().length;
    assertEquals(1, squares / values.data().length - mean * mean, 1e-5);
    Batch expected = codec(made.codec()).encode(all(dataset));
    assertArrayEquals(expected.data(), values.data(), 1e-5f);
  }

  @Test
  void anyPartitioningGivesTheSameBytes() {
    LatentJob.Latents one = job("one").partitions(1).encode();
    LatentJob.Latents three = job("three").partitions(3).encode();
    assertEquals(one.fingerprint(), three.fingerprint());
    assertEquals(one.codec(), three.codec());
  }

  @Test
  void anInterruptedJobIsFinishedWithWhatItLeft() {
    LatentJob.Latents whole = job("undisturbed").encode();
    FaultyEngine.LEFT.set(10 + 4); // the scale's images in batches of two, and the first shard's
    LatentJob broken =
        job("interrupted").engine(new FaultyEngine(false, new Nd4jEngine())).partitions(1);
    Exception e = assertThrows(Exception.class, broken::encode);
    assertTrue(e.getMessage().contains("the executor was lost"), e.getMessage());
    assertFalse(Artifact.exists(CONF, base.resolve("interrupted").toUri()));
    LatentJob.Latents resumed = job("interrupted").encode();
    assertTrue(resumed.made() > 0 && resumed.made() < IMAGES, "" + resumed.made());
    assertEquals(whole.fingerprint(), resumed.fingerprint());
    assertFalse(Files.exists(base.resolve("interrupted/_progress")));
    assertEquals(0, job("interrupted").encode().made());
  }

  @Test
  void aScaleThatTheAutoencoderHasIsTaken() {
    URI run = TinyAutoencoder.train(spark, base.resolve("scaled"), dataset, 0.18215);
    LatentJob.Latents made = job("by-its-scale").from(run).encode();
    assertEquals(0.18215, made.codec().scale());
    Batch own = codec(made.codec()).encode(all(dataset));
    assertArrayEquals(own.data(), all(made.dataset()).data(), 1e-5f);
  }

  /** Trains on latents, draws, and decodes the drawn latents by itself. */
  @Test
  void samplesAreDecodedOnExecutorsAndNameTheCodec() throws IOException {
    LatentJob.Latents made = job("to-train-on").encode();
    URI run = base.resolve("diffusion").toUri();
    TinyAutoencoder.job(
            spark,
            base.resolve("diffusion"),
            made.dataset(),
            TinyAutoencoder.settings(
                TinyAutoencoder.OF_LATENTS, ObjectiveConfig.DEFAULTS, false, 4, 1))
        .run();
    Checkpoint checkpoint = Checkpoints.latestWhole(CONF, run).orElseThrow();
    assertEquals(Optional.of(made.codec()), checkpoint.codec());

    SampleJob.Result one = samples(run, "drawn-1").partitions(1).run();
    SampleJob.Result three = samples(run, "drawn-3").partitions(3).run();
    assertEquals(one.fingerprint(), three.fingerprint());
    assertEquals(Optional.of(made.codec()), one.codec());
    Manifest manifest = Artifact.open(CONF, one.output()).manifest();
    assertEquals(made.codec(), CodecNote.read(manifest).orElseThrow());
    assertEquals(made.codec().fingerprint(), manifest.inputs().get(1).fingerprint());
    assertEquals("8", manifest.properties().get("height"));
    assertEquals("3", manifest.properties().get("channels"));
    Samples samples = Samples.open(CONF, one.output());
    for (FileEntry shard : samples.shards()) {
      for (Samples.Sample sample : samples.read(shard)) {
        ByteImage image = ImageCodec.decode(sample.file(), "sample");
        assertEquals(8, image.height());
      }
    }
    makeFromImages(run);
    moveAutoencoder(run, made.codec());
  }

  private static SampleJob samples(URI run, String output) {
    return SampleJob.on(spark).from(run).to(base.resolve(output).toUri()).config(config()).count(5);
  }

  /** Images are encoded before they are drawn anew, and before they become noise. */
  private static void makeFromImages(URI run) {
    SampleConfig levels = config();
    SampleJob.Result like =
        samples(run, "like")
            .config(ConfigBinder.bind(levels, ConfigLayer.text("test", "from-level = 20")))
            .images(dataset)
            .run();
    assertEquals(5, like.made());
    EncodeJob.Result noise =
        EncodeJob.on(spark)
            .from(run)
            .images(dataset)
            .to(base.resolve("noise").toUri())
            .levels(levels)
            .count(3)
            .run();
    assertEquals(3, noise.made());
    assertRefused(
        "masks are for networks that draw images",
        () -> samples(run, "no").images(dataset).mask(dataset).run());
  }

  /** A codec that is not where it was is found where the user says, and no other is taken. */
  private static void moveAutoencoder(URI run, CodecNote note) throws IOException {
    Path was = Path.of(URI.create(note.checkpoint()));
    Path now = base.resolve("moved");
    Files.move(was, now);
    try {
      var e = assertThrows(UserException.class, samples(run, "none")::run);
      assertTrue(
          e.getMessage().endsWith("if it lies elsewhere, give its checkpoint with --codec"),
          e.getMessage());
      assertEquals(5, samples(run, "drawn-elsewhere").codec(now.toUri()).run().made());
      URI other = Checkpoints.latestWhole(CONF, run).orElseThrow().uri();
      e = assertThrows(UserException.class, samples(run, "none").codec(other)::run);
      assertTrue(e.getMessage().contains("but the autoencoder of these latents has"));
      assertFalse(Files.exists(base.resolve("none")));
    } finally {
      Files.move(now, was);
    }
  }

  @Test
  void imagesComeBackWithTheirIds() {
    LatentJob.Reconstructions made = job("back").reconstruct();
    assertEquals(IMAGES, made.made());
    Batch images = all(dataset);
    Batch back = all(made.dataset());
    LatentCodec codec = codec(job("same-codec").encode().codec());
    Batch decoded = codec.decode(codec.encode(images));
    long squares = 0;
    for (int i = 0; i < images.data().length; i++) {
      int before = Pixels.toByte(images.data()[i]) & 0xFF;
      int after = Pixels.toByte(back.data()[i]) & 0xFF;
      assertEquals(Pixels.toByte(decoded.data()[i]) & 0xFF, after, 1);
      squares += (long) (before - after) * (before - after);
    }
    double psnr = 10 * Math.log10(255 * 255 / ((double) squares / images.data().length));
    assertEquals(psnr, made.psnr(), 1e-9);
    assertEquals(made.fingerprint(), job("back-1").partitions(1).reconstruct().fingerprint());
    assertEquals(0, job("back").reconstruct().made());
  }

  @Test
  void badInputIsRefusedWithReasons() throws IOException {
    URI latents = job("for-refusals").encode().dataset();
    assertRefused(
        latents + " holds records of float32 [2, 4, 4]; images are needed here",
        () -> job("no").images(latents).encode());
    URI pixels = TinyRun.train(spark, base.resolve("pixels"));
    assertRefused(
        "is no autoencoder: train one with model.type=autoencoder",
        () -> job("no").from(pixels).encode());
    assertRefused("already holds another dataset", () -> job("for-refusals").reconstruct());
    assertRefused(
        "that makes [256, 1, 1] of [3, 8, 8] cannot be sampled from",
        () -> samples(autoencoder, "no").run());
    assertRefused(
        "--codec is for networks that draw latents",
        () -> samples(pixels, "no").codec(autoencoder).run());
    assertRefused(
        latents + " holds latents, which are not within [-1, 1]: set diffusion.clip-x0=false",
        () ->
            TinyAutoencoder.job(
                    spark,
                    base.resolve("no"),
                    latents,
                    TinyAutoencoder.settings(
                        TinyAutoencoder.OF_LATENTS, ObjectiveConfig.DEFAULTS, true, 4, 1))
                .run());
    assertFalse(Files.exists(base.resolve("no")));
  }

  private static void assertRefused(String message, org.junit.jupiter.api.function.Executable run) {
    String found = assertThrows(UserException.class, run).getMessage();
    assertTrue(found.contains(message), found);
  }
}
