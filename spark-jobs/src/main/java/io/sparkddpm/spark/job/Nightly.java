package io.sparkddpm.spark.job;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.fid.FidJob;
import io.sparkddpm.spark.fid.FidResult;
import io.sparkddpm.spark.fid.ReferenceStatsJob;
import io.sparkddpm.spark.sample.SampleJob;
import io.sparkddpm.spark.session.Durations;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.StorageErrors;
import io.sparkddpm.spark.train.Checkpoints;
import io.sparkddpm.spark.train.TrainJob;
import io.sparkddpm.train.TrainingMetrics;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
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
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * One night of a run that goes on every night: takes in the images that have come, trains on from
 * last night's checkpoint for a budget of steps or hours, draws samples, measures them against a
 * reference that stays the same, compares with earlier nights, and writes a report of all nights.
 *
 * <p>May be started as often as one likes: a night that was broken off goes on where it was, one
 * that is done is not done again, and of two at once the second is refused. For one thread.
 */
public final class Nightly {
  private final SparkSession session;
  private final Configuration conf;
  private final DdpmConfig config;
  private final List<URI> inputs;
  private final URI output;
  private final Optional<URI> inception;
  private final Progress progress;
  private final NightFiles files;

  /**
   * What a night came to.
   *
   * @param night its name
   * @param repeated whether it was done already
   * @param summary a line for each thing that a person wants to know
   * @param warnings likewise
   * @param report the page
   */
  public record Result(
      String night, boolean repeated, List<String> summary, List<String> warnings, URI report) {}

  /**
   * A night on a session.
   *
   * @param inputs files or directories of images
   * @param output directory of all nights
   * @param inception the published network; without it the distance is {@code fd-random}
   */
  public Nightly(
      SparkSession session,
      DdpmConfig config,
      List<URI> inputs,
      URI output,
      Optional<URI> inception,
      Progress progress) {
    checkState(config.nightly().isOn(), "nightly.steps or nightly.hours are needed");
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.config = config;
    this.inputs = List.copyOf(inputs);
    this.output = output;
    this.inception = inception;
    this.progress = progress;
    this.files = new NightFiles(conf, output);
  }

  /**
   * Runs what is not done of a night.
   *
   * @param name of the night, such as a date; of a night that was broken off before, that one's
   *     name is taken
   * @throws UserException if an input or an artefact is bad, or another process is at it
   * @throws DistanceWorsenedException if all is done but the distance is too large
   */
  public Result run(String name) {
    checkName(name);
    try {
      Locations.fileSystem(conf, output).mkdirs(new Path(output));
    } catch (IOException e) {
      throw new UserException(e, "cannot create the directory %s: %s", output, e.getMessage());
    }
    try (Lease lease = Lease.acquire(conf, output)) {
      List<NightRecord> earlier = files.done();
      boolean repeated = earlier.stream().anyMatch(n -> n.night().equals(name));
      if (!repeated) {
        NightPlan plan = files.begun().orElseGet(() -> begin(name, earlier));
        NightRecord record = attempt(plan, earlier);
        lease.check();
        files.write(record);
      }
      return publish(name, repeated);
    }
  }

  private static void checkName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UserException(
          "a night's name has letters, digits, dots and dashes, such as 2026-01-31; got '%s'",
          name);
    }
  }

  private NightPlan begin(String name, List<NightRecord> earlier) {
    NightRecord last = earlier.isEmpty() ? null : earlier.get(earlier.size() - 1);
    NightPlan plan =
        new NightPlan(
            name,
            last == null ? 1 : last.number() + 1,
            Instant.now(),
            last == null ? 0 : last.step());
    files.write(plan);
    return plan;
  }

  private NightRecord attempt(NightPlan plan, List<NightRecord> earlier) {
    Night night = new Night(plan, earlier);
    try {
      return night.run();
    } catch (RuntimeException e) {
      String why =
          e instanceof UserException user
              ? StorageErrors.message(user)
              : e.getMessage() == null ? e.toString() : e.getMessage();
      try {
        files.addFailure(
            plan.night(), night.stage + ": " + why.strip().replaceAll("\\s*\\R\\s*", "; "));
      } catch (UserException second) { // the disk that is full, say
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Everything that follows from the records of the nights. */
  private Result publish(String name, boolean repeated) {
    List<NightRecord> nights = files.done();
    files.writeHistory(nights);
    retain(nights);
    NightRecord last = nights.get(nights.size() - 1);
    NightRecord now = nights.stream().filter(n -> n.night().equals(name)).findFirst().orElse(last);
    URI report = files.place("report.html");
    List<TrainingMetrics> metrics = Checkpoints.metrics(conf, run());
    files.write(report, new NightlyReport(files, config, nights, metrics).page());
    String distance = distance(now);
    if (now.worse()) {
      throw new DistanceWorsenedException(
          String.format(
              Locale.ROOT,
              "night %s: %s is more than %s %% worse than %s; see %s",
              now.night(),
              distance,
              percent(config.nightly().margin()),
              config.nightly().against() == NightlyConfig.Against.BEST
                  ? "the best night"
                  : "the night before",
              report));
    }
    List<String> summary = new ArrayList<>();
    summary.add(
        String.format(
            Locale.ROOT,
            "night %s%s: %d steps to step %d, %d images (%d new)",
            now.night(),
            repeated ? " (was done already)" : "",
            now.step() - now.firstStep(),
            now.step(),
            now.images(),
            now.newImages()));
    summary.add(distance);
    return new Result(now.night(), repeated, summary, now.warnings(), report);
  }

  private static String distance(NightRecord night) {
    return String.format(
        Locale.ROOT, "%s %.4f over %d samples", night.metric(), night.distance(), night.samples());
  }

  private static String percent(double part) {
    return BigDecimal.valueOf(100 * part)
        .setScale(2, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }

  /** Samples and checkpoints of old nights go; records and grids stay. */
  private void retain(List<NightRecord> nights) {
    Set<Integer> kept = kept(nights);
    for (NightRecord night : nights) {
      if (!kept.contains(night.number())) {
        files.delete(files.place("samples/" + night.night()));
      }
    }
    Checkpoints.keepOnly(conf, run(), stepsOf(nights, kept));
  }

  private Set<Integer> kept(List<NightRecord> nights) {
    Set<Integer> kept = new HashSet<>();
    int from = Math.max(0, nights.size() - config.nightly().keepNights());
    nights.subList(from, nights.size()).forEach(n -> kept.add(n.number()));
    best(nights).ifPresent(n -> kept.add(n.number()));
    return kept;
  }

  /** Of those that may be compared with the last. */
  static Optional<NightRecord> best(List<NightRecord> nights) {
    if (nights.isEmpty()) {
      return Optional.empty();
    }
    String comparable = nights.get(nights.size() - 1).comparable();
    return nights.stream()
        .filter(n -> n.comparable().equals(comparable))
        .min(java.util.Comparator.comparingDouble(NightRecord::distance));
  }

  private static Set<Long> stepsOf(List<NightRecord> nights, Set<Integer> kept) {
    return nights.stream()
        .filter(n -> kept.contains(n.number()))
        .map(NightRecord::step)
        .collect(Collectors.toSet());
  }

  private URI run() {
    return files.place("run");
  }

  /** One attempt at a night. */
  private final class Night {
    private final NightPlan plan;
    private final List<NightRecord> earlier;
    private final SortedMap<String, Double> seconds = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();
    private String stage = "start";

    Night(NightPlan plan, List<NightRecord> earlier) {
      this.plan = plan;
      this.earlier = earlier;
      for (String failure : files.failures(plan.night())) {
        warnings.add("an earlier attempt at this night failed: " + failure);
      }
    }

    NightRecord run() {
      FidJob.requireEnough(
          conf, inception, config.fid(), "pipeline.sample-count", config.pipeline().sampleCount());
      NewImages newImages = new NewImages(session, files, config.shard());
      Dataset dataset = timed("shard", () -> newImages.take(inputs, progress));
      warnings.addAll(newImages.warnings());
      TrainJob.Result training = timed("train", () -> train(dataset));
      URI reference = timed("reference-stats", () -> reference(dataset));
      SampleJob.Result samples = timed("sample", () -> sample(training));
      FidResult distance = timed("fid", () -> distance(samples, reference));
      files.write(
          files.ofNight(plan.night(), NightlyReport.GRID),
          files.read(samples.grid()).orElseThrow());
      return record(dataset, training, distance);
    }

    private <T> T timed(String name, Supplier<T> work) {
      stage = name;
      session.sparkContext().setJobDescription("night " + plan.night() + ": " + name);
      long began = System.nanoTime();
      T result = work.get();
      seconds.put(name, (System.nanoTime() - began) / 1e9);
      return result;
    }

    private TrainJob.Result train(Dataset dataset) {
      NightlyConfig nightly = config.nightly();
      long frequency = config.training().averagingFrequency();
      long budget = nightly.steps() > 0 ? nightly.steps() : 1_000_000_000L;
      long rounds = (budget + frequency - 1) / frequency;
      Set<String> datasets = earlier.stream().map(NightRecord::dataset).collect(Collectors.toSet());
      TrainJob job =
          Training.job(
                  session,
                  config.withTrainingSteps(plan.firstStep() + rounds * frequency),
                  dataset.uri(),
                  Nightly.this.run())
              .grownFrom(datasets)
              .keep(stepsOf(earlier, kept(earlier)))
              .progress(progress);
      if (nightly.hours() > 0) {
        double left = Math.max(0, nightly.hours() * 3600 - secondsTrained());
        job.stopAfter(Duration.ofMillis((long) (left * 1000)));
      }
      return job.run();
    }

    /** Of this night, in attempts before. */
    private double secondsTrained() {
      return tonight().stream().mapToDouble(m -> m.examples() / m.imagesPerSecond()).sum();
    }

    private List<TrainingMetrics> tonight() {
      return Checkpoints.metrics(conf, Nightly.this.run()).stream()
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

    private SampleJob.Result sample(TrainJob.Result training) {
      return SampleJob.on(session)
          .engine(config.engineFactory())
          .from(training.checkpoint())
          .to(files.place("samples/" + plan.night()))
          .count(config.pipeline().sampleCount())
          .config(config.sample())
          .progress(progress)
          .run();
    }

    private FidResult distance(SampleJob.Result samples, URI reference) {
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

    private NightRecord record(Dataset dataset, TrainJob.Result training, FidResult measured) {
      List<TrainingMetrics> metrics = tonight();
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
                percent(config.nightly().margin())));
      }
      long imagesBefore = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).images();
      return new NightRecord(
          plan.night(),
          plan.number(),
          plan.begun(),
          Instant.now(),
          plan.firstStep(),
          training.step(),
          output.relativize(training.checkpoint()).toString(),
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
          ConfigBinder.flatten(config.sample()).toString());
    }

    private double imagesPerSecond(List<TrainingMetrics> metrics) {
      long images = metrics.stream().mapToLong(TrainingMetrics::examples).sum();
      return images == 0 ? Double.NaN : images / secondsTrained();
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
}
