package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Durations;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * The stages of a night, by its plan. Each leaves an artefact that is whole or not there, and a
 * later attempt passes over those that are. For one thread.
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

  /** Who is told which stage begins. */
  NightStages stages(Consumer<String> consumer) {
    this.listener = consumer;
    return this;
  }

  /** What the record is to say beside what its stages tell. */
  NightStages warn(List<String> more) {
    warnings.addAll(more);
    return this;
  }

  /**
   * Runs what is not done.
   *
   * @param begun the night's plan
   * @param planner plans anew, if nothing is left of what the plan was to take in
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
    Checkpoint trained = timed("train", () -> train(plan, dataset, images));
    URI reference = timed("reference-stats", () -> reference(dataset));
    SampleJob.Result samples = timed("sample", () -> sample(plan, trained));
    FidResult distance = timed("fid", () -> distance(plan, samples, reference));
    files.write(
        files.ofNight(plan.night(), NightlyReport.GRID), files.read(samples.grid()).orElseThrow());
    return record(plan, dataset, trained, distance);
  }

  private <T> T timed(String stage, Supplier<T> work) {
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

  private Checkpoint train(NightPlan plan, Dataset dataset, NewImages images) {
    Optional<TrainedNight> before = files.trained(plan.night());
    if (before.isPresent()) {
      Optional<Checkpoint> last = Checkpoints.latestWhole(conf, runDirectory());
      if (last.filter(c -> c.step() == before.get().step()).isPresent()) {
        return last.get();
      }
      if (last.filter(c -> c.step() > before.get().step()).isPresent()) {
        throw new UserException(
            "%s is at step %d, though the training of night %s ended at step %d: something else"
                + " trained it; to let the night have these steps, delete %s",
            runDirectory(),
            last.get().step(),
            plan.night(),
            before.get().step(),
            files.trainedFile(plan.night()));
      }
    }
    long end = before.map(TrainedNight::step).orElseGet(() -> endStep(plan));
    TrainJob job =
        Training.job(session, config.withTrainingSteps(end), dataset.uri(), runDirectory())
            .grownFrom(ancestors(plan, images))
            .keep(keptSteps)
            .progress(progress);
    if (before.isEmpty() && plan.hours() > 0) {
      double left = Math.max(0, secondsLeft(plan));
      job.stopAfter(Duration.ofMillis((long) (left * 1000)));
    }
    TrainJob.Result result = job.run();
    stillOurs.run();
    if (before.isEmpty()) {
      files.write(plan.night(), new TrainedNight(result.step(), result.weightsSha256()));
    }
    return Checkpoint.read(conf, result.checkpoint());
  }

  /**
   * The last checkpoint's, if attempts before have used up the hours; they trained a round then.
   */
  private long endStep(NightPlan plan) {
    return Checkpoints.latestWhole(conf, runDirectory())
        .map(Checkpoint::step)
        .filter(step -> step > plan.firstStep() && plan.hours() > 0 && secondsLeft(plan) <= 0)
        .orElse(plan.endStep());
  }

  private double secondsLeft(NightPlan plan) {
    return plan.hours() * 3600 - secondsTrained(plan);
  }

  /** Fingerprints of what the dataset has grown from. */
  private Set<String> ancestors(NightPlan plan, NewImages images) {
    Set<String> fingerprints = new HashSet<>();
    earlier.forEach(n -> fingerprints.add(n.dataset()));
    long before = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).images();
    for (int n = plan.parts().size() - 1; n > 0; n--) {
      List<String> parts = plan.parts().subList(0, n);
      if (images.dataset().images(parts) <= before) {
        break; // the last night had them
      }
      fingerprints.add(images.dataset().fingerprint(parts));
    }
    return fingerprints;
  }

  private URI runDirectory() {
    return files.place("run");
  }

  /** Of this night, in attempts before. */
  private double secondsTrained(NightPlan plan) {
    return tonight(plan).stream().mapToDouble(m -> m.examples() / m.imagesPerSecond()).sum();
  }

  private List<TrainingMetrics> tonight(NightPlan plan) {
    return Checkpoints.metrics(conf, runDirectory()).stream()
        .filter(m -> m.step() > plan.firstStep())
        .toList();
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

  private NightRecord record(
      NightPlan plan, Dataset dataset, Checkpoint trained, FidResult measured) {
    List<TrainingMetrics> metrics = tonight(plan);
    double rate = imagesPerSecond(metrics);
    warnIfSlower(rate);
    warnings.addAll(measured.warnings());
    String comparable = comparable(measured);
    OptionalDouble before =
        NightRecord.earlierDistance(earlier, comparable, config.nightly().against());
    if (!earlier.isEmpty() && before.isEmpty()) {
      warnings.add(
          "not compared with earlier nights: the network, the reference, or the way to draw"
              + " samples is another one");
    }
    boolean worse =
        before.isPresent()
            && measured.distance() > before.getAsDouble() * (1 + config.nightly().margin());
    if (worse) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s rose from %.4f to %.4f, by more than %s %%",
              measured.metric(),
              before.getAsDouble(),
              measured.distance(),
              Nightly.percent(config.nightly().margin())));
    }
    long imagesBefore = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).images();
    return new NightRecord(
        plan.night(),
        plan.number(),
        plan.begun(),
        Instant.now(),
        plan.firstStep(),
        trained.step(),
        files.relative(trained.uri()),
        dataset.size(),
        dataset.size() - imagesBefore,
        dataset.fingerprint(),
        metrics.stream().mapToDouble(TrainingMetrics::loss).average().orElse(Double.NaN),
        rate,
        measured.metric(),
        measured.distance(),
        measured.interval().map(i -> i.low()).orElse(Double.NaN),
        measured.interval().map(i -> i.high()).orElse(Double.NaN),
        measured.samples().images(),
        comparable,
        worse,
        seconds,
        ConfigBinder.flatten(config),
        warnings);
  }

  private String comparable(FidResult measured) {
    return String.join(
        " ",
        measured.metric(),
        measured.networkHash(),
        measured.reference().fingerprint(),
        Long.toString(measured.samples().images()),
        ConfigBinder.recorded(config.sample()).toString(),
        NightRecord.readAs(ConfigBinder.flatten(config)));
  }

  private static double imagesPerSecond(List<TrainingMetrics> metrics) {
    long images = metrics.stream().mapToLong(TrainingMetrics::examples).sum();
    double time = metrics.stream().mapToDouble(m -> m.examples() / m.imagesPerSecond()).sum();
    return images == 0 ? Double.NaN : images / time;
  }

  private void warnIfSlower(double rate) {
    double[] before =
        earlier.stream()
            .mapToDouble(NightRecord::imagesPerSecond)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (before.length > 0) {
      double median = before[before.length / 2];
      if (rate < median * (1 - config.nightly().slowerBy())) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "training ran at %.1f images/s, in earlier nights at %.1f",
                rate,
                median));
      }
    }
    double total = seconds.values().stream().mapToDouble(s -> s).sum();
    if (total > 24 * 3600) {
      warnings.add("the night took " + Durations.text(total) + ", longer than a day");
    }
  }
}
