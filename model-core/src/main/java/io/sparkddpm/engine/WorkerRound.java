package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.objective.QuarterLosses;
import io.sparkddpm.objective.TimedLosses;
import io.sparkddpm.objective.TrainingBatch;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What one worker does in a round: some steps from a given state on given minibatches. Its outcome
 * depends on these alone. One thread at a time.
 */
public final class WorkerRound {
  private static final double NANOS = 1e9;

  private final TrainingStep step;
  private final TrainingBatches batches;

  /**
   * @param batches draws timesteps and noise; each example's level and loss are kept if its clock
   *     observes them
   */
  public WorkerRound(TrainingStep step, TrainingBatches batches) {
    this.step = step;
    this.batches = batches;
  }

  /**
   * Takes a step on each minibatch; the network keeps the result. Stops early, after the step that
   * had a loss or norm that is not finite.
   *
   * @param start not changed
   * @return one entry a step
   */
  public List<StepStatistics> train(TrainingState start, Iterator<Minibatch> minibatches) {
    step.network().load(start);
    List<StepStatistics> seen = new ArrayList<>();
    long began = System.nanoTime();
    while (minibatches.hasNext()) {
      Minibatch minibatch = minibatches.next();
      checkState(
          minibatch.step() == start.step() + seen.size(),
          "step %s comes after %s steps from %s",
          minibatch.step(),
          seen.size(),
          start.step());
      TrainingBatch batch = batches.noise(minibatch);
      StepResult result = step.take(batch);
      long now = System.nanoTime();
      seen.add(statistics(batch, result, (now - began) / NANOS));
      began = now;
      if (!seen.get(seen.size() - 1).isFinite()) {
        break;
      }
    }
    return seen;
  }

  /**
   * Computes the gradient of one minibatch.
   *
   * @param parameters θ, not changed
   * @param gradient receives the gradient of the minibatch's mean loss, flat
   */
  public StepStatistics gradient(float[] parameters, Minibatch minibatch, float[] gradient) {
    long began = System.nanoTime();
    step.network().loadParameters(parameters);
    TrainingBatch batch = batches.noise(minibatch);
    StepResult result = step.gradient(batch, gradient);
    double seconds = (System.nanoTime() - began) / NANOS;
    return statistics(batch, result, seconds);
  }

  private StepStatistics statistics(TrainingBatch batch, StepResult result, double seconds) {
    QuarterLosses quarters = new QuarterLosses(batches.timesteps());
    for (int n = 0; step.isTimed() && n < batch.count(); n++) {
      quarters.add(
          (int) batch.level(n),
          result.items().squaredError(n),
          result.items().meanError(n),
          batch.weights()[n]);
    }
    TimedLosses observed =
        batches.observesLosses()
            ? new TimedLosses(batch.input().levels().clone(), result.items().losses())
            : TimedLosses.NONE;
    return new StepStatistics(
        batch.step(),
        batch.count(),
        result.loss(),
        quarters,
        result.gradientNorm(),
        seconds,
        observed);
  }
}
