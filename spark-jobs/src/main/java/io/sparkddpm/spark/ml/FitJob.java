package io.sparkddpm.spark.ml;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.data.TableSource;
import io.sparkddpm.spark.data.TableStage;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.Training;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a dataset of a table's images and trains on it. Both lie in directories named after what
 * decides them, so that equal fits find what is there, and different ones, of a cross-validation's
 * folds for one, do not meet.
 */
final class FitJob {
  private static final int DIGITS = 12;
  private static final String NAME = "DataFrame";

  private final SparkSession spark;
  private final DdpmConfig config;
  private final URI dir;

  /**
   * @param config whose format of inputs is that of tables
   * @param dir of datasets and runs
   */
  FitJob(SparkSession spark, DdpmConfig config, URI dir) {
    this.spark = spark;
    this.config = config;
    this.dir = dir;
  }

  /**
   * Trains; resumes or finds a run on the same images with the same settings.
   *
   * @throws io.sparkddpm.error.UserException if the images cannot be used, or the settings do not
   *     fit
   */
  TrainJob.Result run(Dataset<?> images) {
    String settings = config.runSettings().toMap().toString(); // refuses before any work
    ShardJob.Result dataset = shard(images);
    URI run = place("run-", dataset.fingerprint(), settings);
    return Training.job(spark, config, dataset.dataset(), run).run();
  }

  private ShardJob.Result shard(Dataset<?> images) {
    ShardConfig shard = config.shard();
    // A name of its own for each fit: those of several threads may have the same images.
    URI staged = Locations.resolve(dir, Identifiable$.MODULE$.randomUID("rows"));
    try (TableStage stage = new TableStage(spark, staged)) {
      TableStage.Rows rows =
          stage.write(images, NAME, (TableSource) shard.format(), shard.mix(), Progress.NONE);
      URI dataset = place("dataset-", rows.fingerprint(), ConfigText.recorded(shard).toString());
      return ShardJob.on(spark).rows(rows, NAME).output(dataset).config(shard).run();
    }
  }

  private URI place(String prefix, String content, String settings) {
    String hash = Sha256.of((content + "\n" + settings).getBytes(StandardCharsets.UTF_8));
    return Locations.resolve(dir, prefix + hash.substring(0, DIGITS));
  }
}
