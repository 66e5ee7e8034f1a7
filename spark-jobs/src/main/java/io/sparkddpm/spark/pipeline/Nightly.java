package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.StorageErrors;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.Retention;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One night of a run that goes on every night: takes in the images that have come, trains on from
 * last night's checkpoint for a budget of steps or hours, draws samples, measures them against a
 * reference that stays the same, compares with earlier nights, and writes a report of all nights.
 *
 * <p>May be started as often as one likes: a night that was broken off goes on where it was, one
 * that is done is not done again, and of two at once the second is refused. For one thread.
 */
public final class Nightly {
  private static final Logger LOG = LoggerFactory.getLogger(Nightly.class);

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
        Optional<NightPlan> begun = files.begun(earlier);
        Attempt attempt = new Attempt(begun.map(NightPlan::night).orElse(name), earlier, lease);
        attempt.run(begun);
      }
      return publish(name, repeated, lease);
    }
  }

  private static void checkName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UserException(
          "a night's name has letters, digits, dots and dashes, such as 2026-01-31; got '%s'",
          name);
    }
  }

  /** One attempt at a night that is not done. */
  private final class Attempt {
    private final String name;
    private final List<NightRecord> earlier;
    private final Lease lease;
    private String stage = "start";

    Attempt(String name, List<NightRecord> earlier, Lease lease) {
      this.name = name;
      this.earlier = earlier;
      this.lease = lease;
    }

    void run(Optional<NightPlan> begun) {
      NightSettings settings =
          begun
              .map(p -> NightSettings.of(p, files.planFile(p).toString(), config))
              .orElseGet(() -> new NightSettings(config, List.of()));
      String kept =
          begun.isEmpty() || settings.waiting().isEmpty()
              ? ""
              : String.format(
                  Locale.ROOT,
                  "night %s keeps the settings that it was begun with (%s); to plan it anew with"
                      + " those of now, delete %s",
                  name,
                  String.join("; ", settings.waiting()),
                  files.planFile(begun.get()));
      if (!kept.isEmpty()) {
        LOG.warn("{}", kept);
      }
      try {
        run(begun, settings, kept);
      } catch (RuntimeException e) {
        addFailure(e);
        throw e instanceof UserException && !kept.isEmpty()
            ? new UserException(e, "%s; %s", e.getMessage(), kept)
            : e;
      }
    }

    private void run(Optional<NightPlan> begun, NightSettings settings, String kept) {
      DdpmConfig used = settings.config();
      Optional<URI> network =
          begun.filter(p -> !p.settings().isEmpty()).map(NightPlan::inception).orElse(inception);
      List<String> warnings = new ArrayList<>();
      files
          .failures(name)
          .forEach(f -> warnings.add("an earlier attempt at this night failed: " + f));
      if (!kept.isEmpty()) {
        warnings.add(kept);
      }
      warnings.addAll(new NightCheck(conf, files, used, network).run(name, earlier));
      NewImages images = new NewImages(session, files, used.shard());
      NightPlanner planner = new NightPlanner(conf, files, earlier, images, lease::check);
      NightPlan plan =
          begun.isEmpty()
              ? planner.begin(name, used, inputs, network)
              : begun.get().isComplete()
                  ? begun.get()
                  : planner.complete(begun.get(), used, inputs, network);
      NightRecord record =
          new NightStages(session, files, used, network, earlier, lease::check, progress)
              .keep(keptSteps(earlier))
              .stages(this::at)
              .warn(warnings)
              .run(plan, planner, images);
      lease.check();
      files.write(record);
    }

    private void at(String newStage) {
      stage = newStage;
      session.sparkContext().setJobDescription("night " + name + ": " + newStage);
    }

    private void addFailure(RuntimeException e) {
      String why =
          e instanceof UserException user
              ? StorageErrors.message(user)
              : e.getMessage() == null ? e.toString() : e.getMessage();
      try {
        files.addFailure(name, stage + ": " + why.strip().replaceAll("\\s*\\R\\s*", "; "));
      } catch (UserException second) { // the disk that is full, say
        e.addSuppressed(second);
      }
    }
  }

  /** Everything that follows from the records of the nights. */
  private Result publish(String name, boolean repeated, Lease lease) {
    List<NightRecord> nights = files.done();
    lease.check();
    files.writeHistory(nights);
    retain(nights, lease);
    NightRecord last = nights.get(nights.size() - 1);
    NightRecord now = nights.stream().filter(n -> n.night().equals(name)).findFirst().orElse(last);
    URI report = files.place("report.html");
    List<TrainingMetrics> metrics = Checkpoints.metrics(conf, run());
    byte[] page = new NightlyReport(files, nights, metrics).page();
    lease.check();
    files.write(report, page);
    String distance = distance(now);
    if (now.worse()) {
      throw new DistanceWorsenedException(
          String.format(
              Locale.ROOT,
              "night %s: %s is more than %s %% worse than %s; see %s",
              now.night(),
              distance,
              percent(Double.parseDouble(now.config().get("nightly.margin"))),
              now.config().get("nightly.against").equals("best")
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

  static String percent(double part) {
    return BigDecimal.valueOf(100 * part)
        .setScale(2, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }

  /** Samples and checkpoints of old nights go; records and grids stay. */
  private void retain(List<NightRecord> nights, Lease lease) {
    Set<Integer> kept = kept(nights);
    for (NightRecord night : nights) {
      if (!kept.contains(night.number())) {
        lease.check();
        files.delete(files.place("samples/" + night.night()));
      }
    }
    lease.check();
    Checkpoints.keepOnly(
        conf, run(), Retention.of(config.training(), config.maintenance(), stepsOf(nights, kept)));
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

  private Set<Long> keptSteps(List<NightRecord> nights) {
    return stepsOf(nights, kept(nights));
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
}
