package io.sparkddpm.spark.tracking;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.monitor.RunEnd;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports a run to an MLflow server, from a thread of its own, so that a server that is slow or
 * away does not hold training up: what does not reach it is sent later, or when the run is resumed.
 * The end of training alone waits for what is left, for a limited time. Trouble is a warning, once.
 * For one job.
 */
public final class MlflowObserver implements RunObserver {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowObserver.class);

  /** The times between tries double from the first of these to the second. */
  private static final long SHORTEST_PAUSE_MILLIS = 100;

  private static final long LONGEST_PAUSE_MILLIS = 60_000;

  /** The longest between tries while the job waits for them. */
  private static final long LAST_PAUSE_MILLIS = 500;

  private final MlflowClient client;
  private final MlflowConfig config;
  private final String applicationId;
  private final Consumer<String> warnings;
  private final Outbox outbox = new Outbox();
  private Optional<Thread> sender = Optional.empty();
  private Optional<Checkpoint> last = Optional.empty();
  private boolean warned;

  MlflowObserver(
      MlflowClient client, MlflowConfig config, String applicationId, Consumer<String> warnings) {
    this.client = client;
    this.config = config;
    this.applicationId = applicationId;
    this.warnings = warnings;
  }

  /**
   * What reports by a configuration; empty where it reports nothing.
   *
   * @param environment that may name the server, and holds the credentials
   * @param applicationId Spark's
   * @throws io.sparkddpm.error.UserException if there is no server's address
   */
  public static Optional<RunObserver> of(
      MlflowConfig config, Map<String, String> environment, String applicationId) {
    return config.enabled()
        ? Optional.of(
            new MlflowObserver(
                MlflowClient.of(config, environment), config, applicationId, LOG::warn))
        : Optional.empty();
  }

  @Override
  public void opened(RunSnapshot snapshot) {
    outbox.add(earlier(snapshot.metrics()));
    RunFacts facts = RunFacts.of(snapshot, config.runName(), applicationId);
    MlflowRun run = new MlflowRun(client, config, facts);
    Thread thread = new Thread(() -> send(run), "mlflow");
    thread.setDaemon(true);
    thread.start();
    sender = Optional.of(thread);
  }

  /** Lines of before, of which the server may lack some; their times follow from now. */
  private static List<MlflowRun.Line> earlier(List<TrainingMetrics> metrics) {
    double seconds = metrics.stream().mapToDouble(MetricsEvents::seconds).sum();
    double time = System.currentTimeMillis() / 1000.0 - seconds;
    List<MlflowRun.Line> lines = new ArrayList<>();
    for (TrainingMetrics m : metrics) {
      time += MetricsEvents.seconds(m);
      lines.add(new MlflowRun.Line(m, Math.round(time * 1000)));
    }
    return lines;
  }

  @Override
  public void measured(TrainingMetrics metrics) {
    outbox.add(List.of(new MlflowRun.Line(metrics, System.currentTimeMillis())));
  }

  @Override
  public void checkpointed(Checkpoint checkpoint) {
    last = Optional.of(checkpoint);
    outbox.tag(
        Map.of(
            "ddpm.checkpoint", checkpoint.uri().toString(),
            "ddpm.checkpoint-fingerprint", checkpoint.manifest().fingerprint(),
            "ddpm.weights-sha256", checkpoint.weightsSha256()));
  }

  /** Waits for what is left to send, for {@code mlflow.timeout-seconds} at most. */
  @Override
  public void ended(RunEnd how) {
    Optional<String> model =
        how == RunEnd.COMPLETE ? last.map(c -> c.uri().toString()) : Optional.empty();
    outbox.end(new Outbox.Ending(how, System.currentTimeMillis(), model));
    sender.ifPresent(this::await);
  }

  private void await(Thread thread) {
    try {
      TimeUnit.MILLISECONDS.timedJoin(thread, Math.round(config.timeoutSeconds() * 1000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      warn("not all was sent within mlflow.timeout-seconds=" + config.timeoutSeconds());
      thread.interrupt();
    }
  }

  private void send(MlflowRun run) {
    try {
      int failures = 0;
      boolean more = true;
      while (more) {
        try {
          more = sendNext(run);
          failures = 0;
        } catch (MlflowException e) {
          warn(e.getMessage());
          more = e.isPassing();
          if (more) {
            failures++;
            outbox.pause(pause(failures));
          }
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("The job ended before all was sent to MLflow");
    }
  }

  /** Waits for something to send and sends it; false if it was the last. */
  private boolean sendNext(MlflowRun run) throws MlflowException, InterruptedException {
    run.open();
    Outbox.Content content = outbox.await();
    run.log(content.lines());
    run.tag(content.tags());
    if (content.ending().isPresent()) {
      run.end(content.ending().get());
    }
    outbox.remove(content);
    return content.ending().isEmpty();
  }

  private long pause(int failures) {
    long longest = outbox.hasEnded() ? LAST_PAUSE_MILLIS : LONGEST_PAUSE_MILLIS;
    int doublings = Math.min(failures - 1, 16);
    return Math.min(longest, SHORTEST_PAUSE_MILLIS << doublings);
  }

  private synchronized void warn(String why) {
    if (!warned) {
      warned = true;
      warnings.accept(
          String.format(
              Locale.ROOT,
              "cannot report to MLflow at %s: %s; training continues without it",
              client.server(),
              why));
    }
  }
}
