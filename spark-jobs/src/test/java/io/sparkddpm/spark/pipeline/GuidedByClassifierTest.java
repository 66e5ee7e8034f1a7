package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.diffusion.ClassifierGuidance;
import io.sparkddpm.diffusion.GuidanceConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainFixture;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A classifier of noisy images, from its training to the samples that it guides. */
class GuidedByClassifierTest {
  private static final Configuration CONF = new Configuration();
  private static final List<String> NAMES = ShapesImages.CLASS_NAMES;
  private static final int STEPS = 12;

  @TempDir private Path dir;
  private SparkSession spark;
  private URI dataset;

  @BeforeEach
  void shard() throws IOException {
    spark = TrainFixture.spark("local[2]");
    dataset = LabelledRun.shard(spark, dir, 60);
  }

  @AfterEach
  void stop() {
    ExecutorState.free();
    spark.stop();
  }

  private URI at(String name) {
    return dir.resolve(name).toUri();
  }

  private void denoiser(String run, int classes) {
    UNetConfig network = LabelledRun.network(classes, 0);
    LabelledRun.job(spark, dir.resolve(run), dataset, network).run();
  }

  private void classifier(String run, int steps) {
    LabelledRun.classifier(spark, dir.resolve(run), dataset, steps).run();
  }

  private float[] weights(String run) {
    return Checkpoints.latestWhole(CONF, at(run)).orElseThrow().weights("raw");
  }

  private SampleJob sampling(String run, GuidanceConfig guidance) {
    SampleConfig config =
        new SampleConfig(new DdimSolver(0), 4, Spacing.UNIFORM, 5, 6, "raw").withGuidance(guidance);
    return SampleJob.on(spark).from(at(run)).config(config).count(24);
  }

  private GuidanceConfig by(String run, double scale) {
    return new ClassifierGuidance(scale, 0, 100, at(run).toString(), "raw");
  }

  private static List<Samples.Sample> read(SampleJob job, URI output) {
    Samples all = Samples.open(CONF, job.to(output).run().output());
    return all.shards().stream().flatMap(s -> all.read(s).stream()).toList();
  }

  @Test
  void trainingThatStoppedResumesToTheSameBits() {
    classifier("whole", STEPS);
    classifier("stopped", STEPS / 2);
    classifier("stopped", STEPS);
    assertArrayEquals(weights("whole"), weights("stopped"));
    assertEquals(NAMES, Checkpoints.latestWhole(CONF, at("whole")).orElseThrow().classNames());
  }

  @Test
  void imagesArePushedTheSameWayOnAnyPartitions() throws IOException {
    classifier("classifier", STEPS);
    denoiser("labelled", NAMES.size());
    denoiser("unlabelled", 0);
    for (String run : List.of("labelled", "unlabelled")) {
      List<Samples.Sample> plain = read(sampling(run, by("classifier", 0)), at(run + "-plain"));
      SampleJob guided = sampling(run, by("classifier", 30));
      List<Samples.Sample> nine = read(guided.partitions(9), at(run + "-9"));
      List<Samples.Sample> one = read(guided.partitions(1), at(run + "-1"));
      for (int i = 0; i < plain.size(); i++) {
        assertArrayEquals(nine.get(i).file(), one.get(i).file(), run + " " + i);
        assertEquals(i % NAMES.size(), nine.get(i).label(), run + " " + i);
        assertFalse(Arrays.equals(plain.get(i).file(), nine.get(i).file()), run + " " + i);
      }
      Manifest manifest = Samples.open(CONF, at(run + "-9")).manifest();
      assertEquals(NAMES, ClassNotes.read(manifest));
      assertEquals(2, manifest.inputs().size(), "the network and the classifier");
    }
    List<Samples.Sample> all = read(sampling("unlabelled", by("classifier", 30)), at("all"));
    SampleJob named = sampling("unlabelled", by("classifier", 30)).className(NAMES.get(3));
    assertArrayEquals(all.get(3).file(), read(named, at("named")).get(3).file());
  }

  @Test
  void guidedSamplesThatAreMissingAreMadeAgain() throws IOException {
    classifier("classifier", STEPS);
    denoiser("run", 0);
    SampleJob job = sampling("run", by("classifier", 30)).to(at("samples"));
    SampleJob.Result whole = job.run();
    String shard = Samples.open(CONF, at("samples")).shards().get(1).path();
    Files.delete(dir.resolve("samples").resolve(shard));
    SampleJob.Result mended = job.run();
    assertTrue(mended.made() > 0 && mended.made() < 24, "made " + mended.made());
    assertEquals(whole.fingerprint(), mended.fingerprint());
    Files.move(dir.resolve("classifier"), dir.resolve("moved"));
    assertEquals(0, sampling("run", by("moved", 30)).to(at("samples")).run().made());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    classifier("classifier", 1);
    denoiser("run", 0);
    assertRefused(sampling("run", by("run", 1)), "holds no classifier");
    assertRefused(
        sampling("run", new ClassifierGuidance(1, 0, 100, "", "raw")), "needs sample.guidance.run");
    assertRefused(
        sampling("run", new ClassifierGuidance(1, 0, 100, at("classifier").toString(), "ema-0.5")),
        "has no weights 'ema-0.5', it has raw, ema-0.9");
    assertRefused(
        sampling("classifier", ClassifierFreeGuidance.DEFAULTS), "cannot be sampled from");
  }

  private void assertRefused(SampleJob job, String message) {
    UserException e = assertThrows(UserException.class, () -> job.to(at("refused")).run());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertFalse(Files.exists(dir.resolve("refused")));
  }
}
