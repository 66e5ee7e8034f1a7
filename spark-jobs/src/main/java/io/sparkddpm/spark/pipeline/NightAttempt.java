package io.sparkddpm.spark.pipeline;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.StorageErrors;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt at a night that is not done. For one thread. */
final class NightAttempt {
  private static final Logger LOG = LoggerFactory.getLogger(NightAttempt.class);

  private final SparkSession session;
  private final Configuration conf;
  private final NightFiles files;
  private final DdpmConfig config;
  private final List<URI> inputs;
  private final Optional<URI> inception;
  private final String name;
  private final List<NightRecord> earlier;
  private final Set<Long> keptSteps;
  private final Lease lease;
  private final Progress progress;
  private String stage = "start";

  /**
   * @param inputs files or directories of images
   * @param inception the network that measures
   * @param name of the night
   * @param earlier nights that are done
   * @param keptSteps of their checkpoints that stay
   */
  NightAttempt(
      SparkSession session,
      NightFiles files,
      DdpmConfig config,
      List<URI> inputs,
      Optional<URI> inception,
      String name,
      List<NightRecord> earlier,
      Set<Long> keptSteps,
      Lease lease,
      Progress progress) {
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.files = files;
    this.config = config;
    this.inputs = inputs;
    this.inception = inception;
    this.name = name;
    this.earlier = earlier;
    this.keptSteps = keptSteps;
    this.lease = lease;
    this.progress = progress;
  }

  /**
   * Runs what is not done.
   *
   * @param begun the plan, if an earlier attempt made it
   */
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
                "night %s keeps the settings that it was begun with (%s); to plan it again with"
                    + " the present ones, delete %s",
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
            .keep(keptSteps)
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
