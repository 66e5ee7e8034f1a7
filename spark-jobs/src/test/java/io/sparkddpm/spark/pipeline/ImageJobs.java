package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.evaluation.export.ImageExportJob;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.EncodeJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.DiffusersFolder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** All jobs that are for images, given artefacts of another medium. */
public final class ImageJobs {
  private static final AblateConfig AXES = new AblateConfig(List.of("a: seed=1 | b: seed=2"), 1);

  private ImageJobs() {}

  /**
   * Each is refused in one line that says what there is, and leaves nothing.
   *
   * @param plural what items of the medium are called
   * @param drawing that the run may be drawn from by
   * @param dir for what must not be made
   */
  public static void assertRefused(
      SparkSession spark,
      String plural,
      URI dataset,
      URI run,
      URI samples,
      SampleConfig drawing,
      Path dir) {
    Path made = dir.resolve("not-made");
    URI to = made.toUri();
    Map<String, Runnable> jobs = new LinkedHashMap<>();
    jobs.put("fid of a dataset", () -> fid(spark, dataset, dataset));
    jobs.put("fid of samples", () -> fid(spark, samples, dataset));
    jobs.put("reference-stats", () -> ReferenceStatsJob.on(spark).input(dataset).output(to).run());
    jobs.put(
        "export-images",
        () -> ImageExportJob.on(spark).input(samples).output(to).format("folder").run());
    jobs.put(
        "ablate",
        () -> Ablation.on(spark).settings(AXES, new TreeMap<>()).dataset(dataset).output(to).run());
    jobs.put(
        "encode",
        () -> EncodeJob.on(spark).from(run).images(dataset).to(to).count(1).levels(drawing).run());
    jobs.put("sample --fid", () -> unstored(spark, run, drawing, dataset));
    jobs.put(
        "sample --npz",
        () -> SampleJob.on(spark).from(run).to(to).config(drawing).count(4).npz(true).run());
    jobs.forEach(
        (name, job) -> {
          String message = assertThrows(UserException.class, job::run, name).getMessage();
          assertTrue(message.contains(plural), name + ": " + message);
          assertTrue(message.contains("images"), name + ": " + message);
          assertEquals(1, message.lines().count(), message);
          assertFalse(Files.exists(made), name);
        });
    Configuration conf = new Configuration();
    UserException e =
        assertThrows(
            UserException.class,
            () -> DiffusersFolder.of(conf, to).write(Checkpoints.resolve(conf, run), "raw"));
    assertTrue(e.getMessage().contains("cannot be written for diffusers"), e.getMessage());
    assertFalse(Files.exists(made));
  }

  private static void unstored(SparkSession spark, URI run, SampleConfig drawing, URI reference) {
    try (DrawnSamples drawn = SampleJob.on(spark).from(run).config(drawing).count(4).drawn()) {
      FidJob.on(spark).samples(drawn).reference(reference).run();
    }
  }

  private static void fid(SparkSession spark, URI samples, URI reference) {
    FidJob.on(spark).samples(samples).reference(reference).run();
  }
}
