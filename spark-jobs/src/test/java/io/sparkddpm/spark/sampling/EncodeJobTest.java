package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.HeunSolver;
import io.sparkddpm.solver.OdeSteps;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.job.TinyRun;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeJobTest {
  private static final Configuration CONF = new Configuration();
  private static final EncodeConfig ADAPTIVE = new EncodeConfig(OdeSteps.Adaptive.DEFAULTS);
  private static final int SIZE = 4;
  private static final int STEPS = 10;

  @TempDir static Path base;
  private static SparkSession spark;
  private static URI run;
  private static URI dataset;

  @BeforeAll
  static void train() throws IOException {
    spark = TinyRun.spark("local[4]");
    dataset = TinyRun.dataset(spark, base, 7, SIZE);
    run = TinyRun.trainOn(spark, base.resolve("run"), dataset, SIZE);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static EncodeJob job(String output, EncodeConfig config) {
    return EncodeJob.on(spark)
        .engine(TinyRun.engine())
        .from(run)
        .images(dataset)
        .to(base.resolve(output).toUri())
        .levels(new SampleConfig(HeunSolver.DEFAULTS, STEPS, Spacing.KARRAS, 5, 2, "raw"))
        .config(config)
        .count(7)
        .probes(1);
  }

  @Test
  void anyPartitioningGivesTheSameBytes() throws IOException {
    for (EncodeConfig config : List.of(EncodeConfig.DEFAULTS, ADAPTIVE)) {
      String name = "partitions-" + config.method().keepsToGrid();
      EncodeJob.Result one = job(name + "-1", config).partitions(1).run();
      assertEquals(7, one.made());
      assertTrue(Artifact.open(CONF, base.resolve(name + "-1").toUri()).verify().isEmpty());
      for (int partitions : new int[] {2, 4}) {
        EncodeJob.Result more = job(name + "-" + partitions, config).partitions(partitions).run();
        assertEquals(one.fingerprint(), more.fingerprint());
      }
    }
  }

  @Test
  void theTableAndTheNoiseAreOfEachImage() throws IOException {
    EncodeJob.Result result = job("files", EncodeConfig.DEFAULTS).run();
    List<String> table = Files.readAllLines(Path.of(result.table()));
    assertEquals("index\terror\tbits-per-dim\tevaluations", table.get(0));
    assertEquals(8, table.size());
    // Heun's there and back over 9 steps, and two evaluations of a probe at 10 levels on one way
    assertTrue(table.get(7).startsWith("6\t"), table.get(7));
    assertTrue(table.get(7).endsWith("\t" + (3 * 18 + 20)), table.get(7));
    assertEquals(3 * 18 + 20, result.evaluations());
    try (InputStream in = Files.newInputStream(Path.of(result.noise()))) {
      NpyArray noise = Npz.read(in, "noise.npz").get("noise");
      assertArrayEquals(new int[] {7, 3, SIZE, SIZE}, noise.shape());
    }
    EncodeJob.Result few = job("few", EncodeConfig.DEFAULTS).count(2).run();
    assertEquals(table.subList(0, 3), Files.readAllLines(Path.of(few.table())));
  }

  @Test
  void anInterruptedJobIsFinishedWithWhatItLeft() throws IOException {
    EncodeJob.Result whole = job("undisturbed", EncodeConfig.DEFAULTS).run();
    FaultyEngine.LEFT.set(2L * 2 * (3 * 18 + 20) + 1); // two shards of two images
    EncodeJob broken =
        job("interrupted", EncodeConfig.DEFAULTS).engine(new FaultyEngine(false)).partitions(1);
    Exception e = assertThrows(Exception.class, broken::run);
    assertTrue(e.getMessage().contains("the executor was lost"), e.getMessage());
    Path there = base.resolve("interrupted");
    assertFalse(Artifact.exists(CONF, there.toUri()));
    EncodeJob.Result resumed = job("interrupted", EncodeConfig.DEFAULTS).run();
    assertEquals(3, resumed.made());
    assertEquals(whole.fingerprint(), resumed.fingerprint());
    assertFalse(Files.exists(there.resolve("_progress")));
    assertEquals(0, job("interrupted", EncodeConfig.DEFAULTS).run().made());
    Files.write(Path.of(resumed.noise()), new byte[] {1});
    EncodeJob.Result again = job("interrupted", EncodeConfig.DEFAULTS).run();
    assertEquals(7, again.made(), "the noise is damaged");
    assertEquals(whole.fingerprint(), again.fingerprint());
  }

  @Test
  void badInputIsRefusedWithReasons() {
    assertRefused(
        dataset + " has the images 0 to 6, not 7", job("no", EncodeConfig.DEFAULTS).count(8));
    assertRefused("probes must not be negative, got -1", job("no", ADAPTIVE).probes(-1));
    assertFalse(Files.exists(base.resolve("no")));
    job("taken", EncodeConfig.DEFAULTS).run();
    assertRefused(
        "already holds another encoding (encode.method.absolute-tolerance was null, is now"
            + " 1.0E-4;",
        job("taken", ADAPTIVE));
  }

  private static void assertRefused(String message, EncodeJob job) {
    String found = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(found.contains(message), found);
  }
}
