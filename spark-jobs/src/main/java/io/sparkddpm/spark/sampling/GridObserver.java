package io.sparkddpm.spark.sampling;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.latent.LatentCodec;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Draws a run's sample grids while it trains: always the same images (same seed), so that the grids
 * of a run can be compared. The executors draw them between two rounds.
 */
public final class GridObserver implements RunObserver {
  private final SparkSession session;
  private final EngineFactory engine;
  private final SampleConfig config;
  private final Medium medium;
  private final Optional<LatentCodec> latents;

  /**
   * Grids by an engine.
   *
   * @param notes of the dataset that the run is trained on
   * @throws UserException if the autoencoder of its latents is not where it was
   */
  public GridObserver(
      SparkSession session, EngineFactory engine, SampleConfig config, DatasetNotes notes) {
    this.session = session;
    this.engine = engine;
    this.config = config;
    this.medium = notes.medium();
    this.latents =
        notes
            .codec()
            .map(
                note ->
                    LatentCodec.open(
                        session.sparkContext().hadoopConfiguration(),
                        note,
                        Optional.empty(),
                        engine,
                        SampleJob.threads(session)));
  }

  /**
   * Draws a grid and writes it into the run.
   *
   * @throws UserException if the run has no such weights or steps as the configuration wants
   */
  @Override
  public void gridDue(RunSnapshot snapshot) {
    if (!snapshot.weightNames().contains(config.weights())) {
      throw new UserException(
          "%s has no weights '%s' to draw a sample grid from, it has %s",
          snapshot.run(), config.weights(), String.join(", ", snapshot.weightNames()));
    }
    SamplePlan plan = plan(snapshot);
    ShardSampler sampler =
        new ShardSampler(
            plan,
            engine,
            snapshot.settings().optimizer(),
            SampleJob.threads(session),
            snapshot.weights(config.weights()),
            null,
            null,
            latents.orElse(null));
    session
        .sparkContext()
        .setJobDescription(
            String.format(Locale.ROOT, "train: sample grid of step %d", snapshot.step()));
    ShardRunner runner = new ShardRunner(session, snapshot.run(), Integer.MAX_VALUE);
    List<ByteImage> images = new ArrayList<>();
    for (byte[] file : runner.draw(sampler)) {
      images.add(medium.picture(file, "item " + images.size() + " of the sample grid"));
    }
    snapshot.writeGrid(plan.sheet(images));
  }

  private SamplePlan plan(RunSnapshot snapshot) {
    try {
      return new SamplePlan(
              snapshot.run() + "@" + snapshot.step(),
              snapshot.settings().model(),
              snapshot.settings().schedule(),
              snapshot.settings().diffusion(),
              config,
              snapshot.settings().training().sampleCount(),
              engine.name())
          .with(latents, medium);
    } catch (IllegalArgumentException e) {
      throw new UserException(
          e, "cannot draw a sample grid of %s: %s", snapshot.run(), e.getMessage());
    }
  }
}
