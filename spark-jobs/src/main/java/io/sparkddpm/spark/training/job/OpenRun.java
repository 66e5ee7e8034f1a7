package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.checkpoint.ResumePoint;
import io.sparkddpm.spark.training.checkpoint.RunDirectory;
import io.sparkddpm.spark.training.checkpoint.RunState;
import io.sparkddpm.spark.training.checkpoint.WeightsFile;
import io.sparkddpm.spark.training.monitor.ArithmeticWatch;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run that a job has begun or resumed: its state, its metrics and its latest checkpoint. One
 * thread at a time.
 */
final class OpenRun {
  private static final Logger LOG = LoggerFactory.getLogger(OpenRun.class);
  private static final double NANOS_PER_MINUTE = 60e9;

  private final TrainRequest request;
  private final RunDirectory directory;
  private final RunState state;
  private final MetricsLog metrics;
  private final Optional<String> importedSha256;
  private final ArithmeticWatch arithmetic;
  private Checkpoint last;
  private long lastWritten = System.nanoTime();

  private OpenRun(
      TrainRequest request,
      RunDirectory directory,
      RunState state,
      MetricsLog metrics,
      Optional<String> importedSha256) {
    this.request = request;
    this.directory = directory;
    this.state = state;
    this.metrics = metrics;
    this.importedSha256 = importedSha256;
    this.arithmetic =
        new ArithmeticWatch(
            request.run(), request.maintenance().mixedHardware(), state.arithmetic());
  }

  /**
   * Resumes from the latest whole checkpoint, or begins at step 0 where there is none yet.
   *
   * @throws io.sparkddpm.error.UserException if the directory holds a run that may not be resumed
   *     like this
   */
  static OpenRun resumeOrBegin(TrainRequest request, RunDirectory directory) {
    ResumePoint point = directory.resumePoint();
    if (point.checkpoint().isPresent()) {
      return resume(request, directory, point, point.checkpoint().get());
    }
    StartChecks.requireDecoder(request);
    RunState state =
        request.teacher().isEmpty()
            ? RunState.initial(request.settings(), request.engine(), request.clock())
            : RunState.initial(
                request.settings(),
                request.engine(),
                request.clock(),
                request.teacher().get().clone());
    Optional<String> given = request.teacher().map(WeightsFile::sha256);
    OpenRun run = new OpenRun(request, directory, state, directory.metrics(-1), given);
    run.checkArithmetic();
    directory.writeSettings();
    run.checkpoint();
    return run;
  }

  /** Deletes what came after the checkpoint, once all that is needed of it has been read. */
  private static OpenRun resume(
      TrainRequest request, RunDirectory directory, ResumePoint point, Checkpoint from) {
    StartChecks.requireSameRun(request, from);
    Optional<String> given =
        Optional.ofNullable(from.manifest().properties().get(Checkpoint.IMPORTED));
    StartChecks.requireSameTeacher(request, given);
    LOG.info("Resuming from {}", from);
    OpenRun run =
        new OpenRun(
            request,
            directory,
            RunState.of(from, request.settings(), request.engine(), request.clock()),
            directory.metrics(from.step()),
            given);
    run.last = from;
    run.checkArithmetic();
    directory.deleteAfter(point, run.metrics, from.step());
    directory.writeSettings();
    return run;
  }

  private void checkArithmetic() {
    if (!hasAllSteps()) {
      arithmetic.expect(StartChecks.expectedArithmetic(request));
    }
  }

  RunState state() {
    return state;
  }

  MetricsLog metrics() {
    return metrics;
  }

  ArithmeticWatch arithmetic() {
    return arithmetic;
  }

  /** The latest checkpoint. */
  Checkpoint last() {
    return last;
  }

  long step() {
    return state.training().step();
  }

  boolean hasAllSteps() {
    return step() >= request.training().steps();
  }

  Optional<TrainingMetrics> lastMetrics() {
    int lines = metrics.all().size();
    return lines == 0 ? Optional.empty() : Optional.of(metrics.all().get(lines - 1));
  }

  /** Writes a checkpoint of the state and reports it to the observer. */
  private void checkpoint() {
    last = directory.checkpoint(state, metrics, importedSha256);
    lastWritten = System.nanoTime();
    request.observer().checkpointed(last);
  }

  /**
   * Writes a checkpoint where the last round calls for one; else the metrics from time to time.
   *
   * @param from first step of that round
   */
  void checkpointIfDue(long from) {
    if (isDue(request.training().checkpointEvery(), from) || isOverdue() || hasAllSteps()) {
      checkpoint();
    } else {
      metrics.publishNowAndThen();
    }
  }

  private boolean isOverdue() {
    double minutes = (System.nanoTime() - lastWritten) / NANOS_PER_MINUTE;
    double limit = request.maintenance().checkpointMinutes();
    return limit > 0 && minutes >= limit;
  }

  /**
   * Has the observer draw a sample grid where the last round calls for one.
   *
   * @param from first step of that round
   */
  void drawGridIfDue(long from) {
    if (isDue(request.training().sampleEvery(), from)) {
      request.observer().gridDue(snapshot());
    }
  }

  /** Whether a sample grid is due after a round. */
  boolean drawsGridAfter(long from, long end) {
    return isDue(request.training().sampleEvery(), from, end);
  }

  private RunSnapshot snapshot() {
    return new RunSnapshot(request.settings(), directory, state, metrics.all());
  }

  /** A job that died between a checkpoint and its round's grid has left none. */
  private void drawMissingGrid() {
    if (step() > 0 && !directory.hasGrid(step())) {
      drawGridIfDue(request.training().averaging().round(step() - 1).first());
    }
  }

  /** Whether the run has passed a multiple of {@code every} steps since a round's first step. */
  private boolean isDue(long every, long from) {
    return isDue(every, from, step());
  }

  private static boolean isDue(long every, long from, long end) {
    return every > 0 && end / every > from / every;
  }

  /** The run anew, as of its latest whole checkpoint: what came after that is deleted. */
  OpenRun again() {
    return resumeOrBegin(request, directory);
  }

  /** The run is about to take steps: its manifest goes until it has taken them. */
  void reopen() {
    directory.deleteManifest();
    request.observer().opened(snapshot());
    drawMissingGrid();
  }

  /** Writes a checkpoint of the last step, if there is none. */
  void checkpointLastStep() {
    if (last.step() < step()) {
      checkpoint();
    }
  }

  /** Writes the run's manifest. */
  void finish() {
    directory.writeManifest(state, last);
  }

  /** Does what a job that died after the last checkpoint has left to do, if anything. */
  void finishInterrupted() {
    if (!directory.isFinished(last)) {
      LOG.info("Finishing a run whose job ended after its last checkpoint");
      directory.deleteManifest();
      directory.tidy(metrics, last);
      drawMissingGrid();
      directory.writeManifest(state, last);
    }
  }
}
