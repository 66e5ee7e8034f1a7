package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.objective.QuarterLosses;
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

  private final TrainableNetwork model;
  private final TrainingBatches noiser;
  private final int timesteps;

  /**
   * @param timesteps T
   */
  public WorkerRound(TrainableNetwork model, TrainingBatches noiser, int timesteps) {
    this.model = model;
    this.noiser = noiser;
    this.timesteps = timesteps;
  }

  /**
   * Takes a step on each minibatch; what comes out is left in the model. Stops early, after the
   * step that saw it, at a loss that is no number.
   *
   * @param start not changed
   * @return one entry a step
   */
  public List<StepStatistics> train(TrainingState start, Iterator<Minibatch> minibatches) {
    model.load(start);
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
      TrainingBatch batch = noiser.noise(minibatch.images(), minibatch.ids(), minibatch.step());
      StepResult result = model.step(batch);
      long now = System.nanoTime();
      seen.add(statistics(minibatch.step(), batch, result, (now - began) / NANOS));
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
    model.loadParameters(parameters);
    TrainingBatch batch = noiser.noise(minibatch.images(), minibatch.ids(), minibatch.step());
    StepResult result = model.gradient(batch, gradient);
    double seconds = (System.nanoTime() - began) / NANOS;
    return statistics(minibatch.step(), batch, result, seconds);
  }

  private StepStatistics statistics(
      long step, TrainingBatch batch, StepResult result, double seconds) {
    QuarterLosses quarters = new QuarterLosses(timesteps);
    for (int n = 0; n < result.imageLosses().length; n++) {
      quarters.add(batch.timesteps()[n], result.imageLosses()[n]);
    }
    return new StepStatistics(
        step, result.imageLosses().length, result.loss(), quarters, result.gradientNorm(), seconds);
  }
}
