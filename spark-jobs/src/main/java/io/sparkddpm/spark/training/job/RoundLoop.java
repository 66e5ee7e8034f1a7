package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.session.LiveMetrics;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.TaskErrors;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.exchange.RoundResult;
import io.sparkddpm.spark.training.monitor.RoundWatch;
import io.sparkddpm.spark.training.round.RoundPlan;
import io.sparkddpm.spark.training.round.Rounds;
import java.util.Locale;

/**
 * Takes a run's steps, round by round. What a round came to may reach the driver, and what is due
 * after it be done, while the next one runs: only {@link #settle} waits for that. One thread at a
 * time.
 */
final class RoundLoop {
  private static final double NANOS = 1e9;

  private final TrainRequest request;
  private final TrainingConfig training;
  private final OpenRun run;
  private final Lease lease;
  private final Rounds rounds;
  private final RoundWatch watch;
  private final LiveMetrics live;
  private final Progress.Task task;

  /** The first step of the next round. */
  private long next;

  /** What has failed after a round. */
  private volatile RuntimeException failure;

  /**
   * @param lease on the run directory
   * @param rounds of this run
   */
  RoundLoop(
      TrainRequest request,
      OpenRun run,
      Lease lease,
      Rounds rounds,
      RoundWatch watch,
      LiveMetrics live,
      Progress.Task task) {
    this.request = request;
    this.training = request.training();
    this.run = run;
    this.lease = lease;
    this.rounds = rounds;
    this.watch = watch;
    this.live = live;
    this.task = task;
    this.next = run.step();
  }

  /** Whether rounds have been run for all steps. */
  boolean hasAllSteps() {
    return next >= training.steps();
  }

  /**
   * Runs the next round: its steps, the averages of weights, its metrics, and what is due after it.
   * What fails after its steps may be thrown by the next round.
   *
   * @throws TrainingDivergedException at a loss or weight that is not finite
   * @throws LostMomentsException if a worker's own moments are gone; the run resumes from its last
   *     checkpoint
   */
  void round() {
    TrainingState now = run.state().training();
    RoundPlan plan = RoundPlan.of(training.averaging().round(next), next, run.state().clock());
    long began = System.nanoTime();
    RoundResult result = run(now, plan);
    lease.checkNowAndThen(); // who was suspended meanwhile stops here
    double seconds = (System.nanoTime() - began) / NANOS;
    run.arithmetic().look(result.arithmetic());
    run.state().setArithmetic(run.arithmetic().recorded());
    stopIfDiverged(result);
    run.state().setOwnMoments(rounds.own());
    result.steps().forEach(run.state()::observe);
    next = plan.endStep();
    rounds.take(taken -> finish(plan, taken, seconds));
    if (run.drawsGridAfter(plan.firstStep(), next)) {
      settle(); // executors cannot draw and train at the same time
    }
  }

  /** Waits until all rounds so far have been finished; throws what one of them has thrown. */
  void settle() {
    rounds.settle();
  }

  /** What is done once the driver has what a round came to. */
  private void finish(RoundPlan plan, RoundResult result, double seconds) {
    try {
      TrainingState now = run.state().training();
      stopIfDiverged(plan, now);
      run.state().emas().forEach(e -> e.update(now.parameters(), plan.firstStep(), plan.steps()));
      record(result, seconds);
      show(plan, result, seconds);
      run.checkpointIfDue(plan.firstStep());
      run.drawGridIfDue(plan.firstStep());
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  private RoundResult run(TrainingState now, RoundPlan plan) {
    String description =
        String.format(
            Locale.ROOT, "train: %s of %d, %d workers", plan, training.steps(), training.workers());
    try {
      return watch.watch("the round of " + plan, description, () -> rounds.run(now, plan));
    } catch (LostMomentsException e) {
      throw e;
    } catch (Exception e) {
      if (e == failure) {
        throw failure; // not of this round
      }
      throw TaskErrors.reported(e)
          .orElseGet(
              () ->
                  new IllegalStateException(
                      "the round of " + plan + " failed; the run can be resumed from " + run.last(),
                      e));
    }
  }

  private void stopIfDiverged(RoundResult result) {
    for (StepStatistics step : result.steps()) {
      if (!step.isFinite()) {
        run.metrics().publish();
        throw new TrainingDivergedException(
            "Loss is %s and gradient norm %s at step %s (run seed %s); last good checkpoint: %s",
            step.loss(), step.gradientNorm(), step.step(), request.settings().seed(), run.last());
      }
    }
  }

  private void stopIfDiverged(RoundPlan plan, TrainingState now) {
    if (!now.isFinite()) {
      run.metrics().publish();
      throw new TrainingDivergedException(
          "A weight or moment is not a number after step %s (run seed %s);"
              + " last good checkpoint: %s",
          plan.endStep() - 1, request.settings().seed(), run.last());
    }
  }

  /**
   * @param seconds that the round took; what its steps did not take was communication
   */
  private void record(RoundResult result, double seconds) {
    double computing = result.steps().stream().mapToDouble(StepStatistics::seconds).sum();
    double communicating = Math.max(0, seconds - computing) / result.steps().size();
    for (StepStatistics step : result.steps()) {
      run.state().window().add(step, communicating);
      long taken = step.step() + 1;
      if (taken % training.metricsEvery() == 0) {
        double rate = request.settings().optimizer().schedule().at(step.step());
        TrainingMetrics metrics = run.state().window().metrics(taken, rate);
        run.metrics().add(metrics);
        run.state().window().clear();
        request.observer().measured(metrics);
      }
    }
  }

  private void show(RoundPlan plan, RoundResult result, double seconds) {
    double loss = result.steps().stream().mapToDouble(StepStatistics::loss).average().orElse(0);
    int images = result.steps().stream().mapToInt(StepStatistics::examples).sum();
    task.advance(plan.steps());
    task.message(String.format(Locale.ROOT, "loss %.4f, %.1f examples/s", loss, images / seconds));
    live.set("step", run.step());
    live.set("checkpoint_step", run.last().step());
    run.lastMetrics().ifPresent(m -> live.set(MetricsEvents.values(m)));
  }
}
