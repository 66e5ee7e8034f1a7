package io.sparkddpm.spark.pipeline;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * The stages of a night, by its plan. Each leaves an artefact that is whole or not there, and a
 * later attempt skips those that are whole. For one thread.
 */
final class NightStages {
  private final SparkSession session;
  private final Configuration conf;
  private final NightFiles files;
  private final DdpmConfig config;
  private final Optional<URI> inception;
  private final List<NightRecord> earlier;
  private final Runnable stillOurs;
  private final Progress progress;
  private final SortedMap<String, Double> seconds = new TreeMap<>();
  private final List<String> warnings = new ArrayList<>();
  private Set<Long> keptSteps = Set.of();
  private Consumer<String> listener = stage -> {};

  /**
   * @param config that it was begun with
   * @param inception the network that measures
   * @param earlier nights that are done
   * @param stillOurs throws if another process has taken the pipeline over
   */
  NightStages(
      SparkSession session,
      NightFiles files,
      DdpmConfig config,
      Optional<URI> inception,
      List<NightRecord> earlier,
      Runnable stillOurs,
      Progress progress) {
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.files = files;
    this.config = config;
    this.inception = inception;
    this.earlier = earlier;
    this.stillOurs = stillOurs;
    this.progress = progress;
  }

  /** Checkpoints, by step, of earlier nights that stay. */
  NightStages keep(Set<Long> steps) {
    this.keptSteps = steps;
    return this;
  }

  /** Receives the name of each stage as it begins. */
  NightStages stages(Consumer<String> consumer) {
    this.listener = consumer;
    return this;
  }

  /** More warnings for the record, besides those of the stages. */
  NightStages warn(List<String> more) {
    warnings.addAll(more);
    return this;
  }

  /**
   * Runs what is not done.
   *
   * @param begun the night's plan
   * @param planner plans again if none of the planned images are left
   */
  NightRecord run(NightPlan begun, NightPlanner planner, NewImages images) {
    List<NightPlan> plan = new ArrayList<>(List.of(begun));
    Dataset dataset =
        timed(
            "shard",
            () ->
                images
                    .take(begun, progress)
                    .orElseGet(
                        () -> {
                          plan.set(0, planner.again(begun, config));
                          return images
                              .take(plan.get(0), progress)
                              .orElseThrow(() -> changing(begun));
                        }));
    return run(plan.get(0), dataset, images);
  }

  private static UserException changing(NightPlan plan) {
    return new UserException(
        "all new files of %s changed while the night was planned: start it when they are whole",
        plan.inputs());
  }

  private NightRecord run(NightPlan plan, Dataset dataset, NewImages images) {
    warnings.addAll(plan.warnings());
    warnings.addAll(images.warnings());
    refuseDamaged(dataset);
    NightTraining training =
        new NightTraining(session, files, config, earlier, stillOurs, keptSteps, progress);
    Checkpoint trained = timed("train", () -> training.run(plan, dataset, images));
    URI reference = timed("reference-stats", () -> reference(dataset));
    SampleJob.Result samples = timed("sample", () -> sample(plan, trained));
    FidResult distance = timed("fid", () -> distance(plan, samples, reference));
    files.write(
        files.ofNight(plan.night(), NightlyReport.GRID), files.read(samples.grid()).orElseThrow());
    return new NightOutcome(files, config, earlier)
        .record(plan, dataset, trained, distance, training.metrics(plan), seconds, warnings);
  }

  private <T> T timed(String stage, Supplier<T> work) {
    stillOurs.run();
    listener.accept(stage);
    long began = System.nanoTime();
    T result = work.get();
    seconds.put(stage, (System.nanoTime() - began) / 1e9);
    return result;
  }

  /** Training would find it in the middle. */
  private void refuseDamaged(Dataset dataset) {
    List<String> problems = Artifact.open(conf, dataset.uri()).verifySizes();
    if (!problems.isEmpty()) {
      throw new UserException("the dataset is damaged: %s", problems.get(0));
    }
  }

  private URI reference(Dataset dataset) {
    if (!config.nightly().reference().isEmpty()) {
      return Locations.parse(conf, config.nightly().reference());
    }
    URI ours = files.place("reference");
    if (!Artifact.exists(conf, ours)) { // of the first night, for all that follow
      ReferenceStatsJob job =
          ReferenceStatsJob.on(session)
              .engine(config.inceptionEngine())
              .input(dataset.uri())
              .output(ours)
              .config(config.fid())
              .progress(progress);
      inception.ifPresent(job::inception);
      job.run();
    }
    return ours;
  }

  private SampleJob.Result sample(NightPlan plan, Checkpoint trained) {
    URI to = files.place("samples/" + plan.night());
    deleteOthers(to, trained);
    return SampleJob.on(session)
        .engine(config.engineFactory())
        .from(trained.uri())
        .to(to)
        .count(config.pipeline().sampleCount())
        .config(config.sample())
        .overrides(SampleOverrides.of(config.diffusion()))
        .progress(progress)
        .run();
  }

  /** The checkpoint was lost and made again, or the night was begun by an earlier version. */
  private void deleteOthers(URI samples, Checkpoint trained) {
    if (Artifact.exists(conf, samples)) {
      String drawnFrom = Artifact.open(conf, samples).manifest().inputs().get(0).fingerprint();
      if (!drawnFrom.equals(trained.manifest().fingerprint())) {
        warnings.add("samples of another checkpoint were deleted and drawn again");
        stillOurs.run();
        files.delete(samples);
      }
    }
  }

  private FidResult distance(NightPlan plan, SampleJob.Result samples, URI reference) {
    FidJob job =
        FidJob.on(session)
            .engine(config.inceptionEngine())
            .samples(samples.output())
            .reference(reference)
            .reuse(true)
            .output(files.ofNight(plan.night(), "fid.json"))
            .config(config.fid())
            .progress(progress);
    inception.ifPresent(job::inception);
    return job.run();
  }
}
