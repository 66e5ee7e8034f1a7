package io.sparkddpm.spark.pipeline;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** The training of a night: for its steps or hours, from the last night's checkpoint. */
final class NightTraining {
  private final SparkSession session;
  private final Configuration conf;
  private final NightFiles files;
  private final DdpmConfig config;
  private final List<NightRecord> earlier;
  private final Runnable stillOurs;
  private final Set<Long> keptSteps;
  private final Progress progress;
  private final URI run;

  /**
   * @param earlier nights that are done
   * @param stillOurs throws if another process has taken the pipeline over
   * @param keptSteps of checkpoints of earlier nights that stay
   */
  NightTraining(
      SparkSession session,
      NightFiles files,
      DdpmConfig config,
      List<NightRecord> earlier,
      Runnable stillOurs,
      Set<Long> keptSteps,
      Progress progress) {
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.files = files;
    this.config = config;
    this.earlier = earlier;
    this.stillOurs = stillOurs;
    this.keptSteps = keptSteps;
    this.progress = progress;
    this.run = files.place("run");
  }

  /**
   * Trains to the night's end, or finds that it is done.
   *
   * @param images whose dataset has grown to {@code dataset}
   * @throws UserException if something else has trained the run
   */
  Checkpoint run(NightPlan plan, Dataset dataset, NewImages images) {
    Optional<TrainedNight> before = files.trained(plan.night());
    if (before.isPresent()) {
      Optional<Checkpoint> last = Checkpoints.latestWhole(conf, run);
      if (last.filter(c -> c.step() == before.get().step()).isPresent()) {
        return last.get();
      }
      if (last.filter(c -> c.step() > before.get().step()).isPresent()) {
        throw new UserException(
            "%s is at step %d, though the training of night %s ended at step %d: something else"
                + " trained it; to let the night have these steps, delete %s",
            run,
            last.get().step(),
            plan.night(),
            before.get().step(),
            files.trainedFile(plan.night()));
      }
    }
    long end = before.map(TrainedNight::step).orElseGet(() -> endStep(plan));
    TrainJob job =
        Training.job(session, config.withTrainingSteps(end), dataset.uri(), run)
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
   * The last checkpoint's step, if earlier attempts have used up the hours; they trained a round
   * then.
   */
  private long endStep(NightPlan plan) {
    return Checkpoints.latestWhole(conf, run)
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

  /** Seconds that earlier attempts at this night trained. */
  private double secondsTrained(NightPlan plan) {
    return metrics(plan).stream().mapToDouble(m -> m.examples() / m.imagesPerSecond()).sum();
  }

  /** Metrics of this night's steps. */
  List<TrainingMetrics> metrics(NightPlan plan) {
    return Checkpoints.metrics(conf, run).stream()
        .filter(m -> m.step() > plan.firstStep())
        .toList();
  }
}
