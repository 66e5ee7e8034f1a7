package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.CoarseToFine;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.HeunSolver;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.Rows;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.job.TinyRun;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in rows, as jobs. */
class RowJobTest {
  private static final Configuration CONF = new Configuration();
  private static final int SIZE = 4;

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI run;
  private static URI dataset;

  @BeforeAll
  static void train() throws IOException {
    spark = TinyRun.spark("local[4]");
    dataset = TinyRun.dataset(spark, base, 5, SIZE);
    run = TinyRun.trainOn(spark, base.resolve("run"), dataset, SIZE);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SampleJob job(String output, Solver solver, Rows rows) {
    return SampleJob.on(spark)
        .engine(TinyRun.engine())
        .from(run)
        .to(base.resolve(output).toUri())
        .config(new SampleConfig(solver, 20, Spacing.UNIFORM, 5, 4, "raw"))
        .rows(timesteps -> rows);
  }

  private static SampleJob between(String output, Interpolation.Noise noise) {
    SampleJob job = job(output, AncestralSolver.DEFAULTS, interpolation(noise, 1, 4));
    return (noise == Interpolation.Noise.ODE ? job.config(alongTheOde()) : job).images(dataset);
  }

  private static SampleConfig alongTheOde() {
    return new SampleConfig(HeunSolver.DEFAULTS, 60, Spacing.KARRAS, 5, 4, "raw");
  }

  private static Interpolation interpolation(Interpolation.Noise noise, long from, long to) {
    return new Interpolation(
        noise, Interpolation.Path.SPHERICAL, from, to, List.of(99.0, 50.0, -1.0), 6);
  }

  private static List<byte[]> pngs(SampleJob.Result result) {
    Samples samples = Samples.open(CONF, result.output());
    List<byte[]> pngs = new ArrayList<>();
    for (FileEntry shard : samples.shards()) {
      for (Samples.Sample sample : samples.read(shard)) {
        assertEquals(pngs.size(), sample.index());
        pngs.add(sample.file());
      }
    }
    return pngs;
  }

  private static void sameOnAnyPartitions(Supplier<SampleJob> job, String name, int images)
      throws IOException {
    SampleJob.Result one = job.get().to(base.resolve(name + "-1").toUri()).partitions(1).run();
    assertEquals(images, pngs(one).size());
    assertTrue(one.strip().isEmpty());
    for (int partitions : new int[] {2, 4}) {
      SampleJob.Result more =
          job.get().to(base.resolve(name + "-" + partitions).toUri()).partitions(partitions).run();
      assertEquals(one.fingerprint(), more.fingerprint());
      assertArrayEquals(
          Files.readAllBytes(Path.of(one.grid())), Files.readAllBytes(Path.of(more.grid())));
    }
    assertTrue(Artifact.open(CONF, one.output()).verify().isEmpty());
  }

  @Test
  void interpolationsAreTheSameOnAnyPartitions() throws IOException {
    for (Interpolation.Noise noise :
        List.of(Interpolation.Noise.OWN, Interpolation.Noise.SHARED, Interpolation.Noise.ODE)) {
      sameOnAnyPartitions(() -> between("unused", noise), "between-" + noise, 18);
    }
  }

  @Test
  void rowsEndWithTheImagesThemselves() throws IOException {
    SampleJob.Result result = between("ends", Interpolation.Noise.ODE).run();
    List<byte[]> pngs = pngs(result);
    for (int row = 0; row < 3; row++) {
      close(TinyRun.image(1, SIZE), pngs.get(6 * row));
      close(TinyRun.image(4, SIZE), pngs.get(6 * row + 5));
    }
    assertEquals(
        2 + 6 * 66, ImageCodec.decode(Files.readAllBytes(Path.of(result.grid())), "grid").width());
    assertEquals("ode", Artifact.open(CONF, result.output()).manifest().config().get("rows.noise"));
  }

  /** Heun's error in 60 steps, and rounding to 8 bits. */
  private static void close(ByteImage expected, byte[] png) {
    ByteImage found = ImageCodec.decode(png, "end");
    for (int i = 0; i < expected.data().length; i++) {
      assertEquals(expected.data()[i] & 0xFF, found.data()[i] & 0xFF, 2, "value " + i);
    }
  }

  @Test
  void seedsEndInTheirSamples() {
    Interpolation seeds =
        new Interpolation(
            Interpolation.Noise.SEEDS, Interpolation.Path.LINEAR, 7, 8, List.of(99.0), 4);
    List<byte[]> row = pngs(job("seeds", DdimSolver.DEFAULTS, seeds).run());
    for (int end = 0; end < 2; end++) {
      SampleJob.Result sample =
          SampleJob.on(spark)
              .engine(TinyRun.engine())
              .from(run)
              .to(base.resolve("seed-" + end).toUri())
              .count(1)
              .config(new SampleConfig(DdimSolver.DEFAULTS, 20, Spacing.UNIFORM, 7 + end, 4, "raw"))
              .run();
      assertArrayEquals(pngs(sample).get(0), row.get(3 * end));
    }
  }

  @Test
  void sharedLatentsAreTheSameOnAnyPartitions() throws IOException {
    CoarseToFine shared = new CoarseToFine(5, List.of(99.0, 40.0, -1.0), 3);
    sameOnAnyPartitions(() -> job("unused", AncestralSolver.DEFAULTS, shared), "shared", 5 * 3 * 3);
    List<byte[]> pngs = pngs(job("shared-1", AncestralSolver.DEFAULTS, shared).run());
    SampleJob.Result samples =
        SampleJob.on(spark)
            .engine(TinyRun.engine())
            .from(run)
            .to(base.resolve("shared-samples").toUri())
            .count(5)
            .config(new SampleConfig(AncestralSolver.DEFAULTS, 20, Spacing.UNIFORM, 5, 4, "raw"))
            .run();
    for (int image = 0; image < 5; image++) {
      assertArrayEquals(pngs(samples).get(image), pngs.get(9 * image + 6), "image " + image);
      assertArrayEquals(pngs.get(9 * image + 6), pngs.get(9 * image + 8));
      assertNotEquals(
          ImageCodec.decode(pngs.get(9 * image), "a"),
          ImageCodec.decode(pngs.get(9 * image + 1), "b"));
    }
  }

  @Test
  void anInterruptedJobIsFinishedWithWhatItLeft() {
    SampleJob.Result whole = between("undisturbed", Interpolation.Noise.OWN).run();
    FaultyEngine.LEFT.set(2 * 4 * 20 + 1); // the first row, of two batches
    SampleJob broken =
        between("interrupted", Interpolation.Noise.OWN)
            .engine(new FaultyEngine(false))
            .partitions(1);
    Exception e = assertThrows(Exception.class, broken::run);
    assertTrue(e.getMessage().contains("the executor was lost"), e.getMessage());
    assertFalse(Artifact.exists(CONF, base.resolve("interrupted").toUri()));
    SampleJob.Result resumed = between("interrupted", Interpolation.Noise.OWN).run();
    assertEquals(12, resumed.made(), "one row of three was whole");
    assertEquals(whole.fingerprint(), resumed.fingerprint());
    assertEquals(0, between("interrupted", Interpolation.Noise.OWN).run().made());
  }

  @Test
  void badInputIsRefusedWithReasons() {
    Interpolation far = interpolation(Interpolation.Noise.OWN, 1, 5);
    assertRefused(
        dataset + " has the images 0 to 4, not 5",
        job("no", AncestralSolver.DEFAULTS, far).images(dataset));
    assertRefused(
        "the solver must be heun, got ancestral",
        job("no", AncestralSolver.DEFAULTS, interpolation(Interpolation.Noise.ODE, 1, 2))
            .images(dataset));
    assertRefused(
        "ddim adds none here",
        job("no", DdimSolver.DEFAULTS, new CoarseToFine(1, List.of(5.0), 2)));
    assertRefused("already holds other samples (rows.to was 4, is now 3)", taken());
    assertFalse(Files.exists(base.resolve("no")));
  }

  private static SampleJob taken() {
    between("taken", Interpolation.Noise.OWN).run();
    return job("taken", AncestralSolver.DEFAULTS, interpolation(Interpolation.Noise.OWN, 1, 3))
        .images(dataset);
  }

  private static void assertRefused(String message, SampleJob job) {
    String found = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(found.contains(message), found);
  }
}
