package io.sparkddpm.engine;

import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.Batch;

/**
 * A training step, the same for all engines and objectives: for each part of the batch that fits
 * into memory the network's forward pass, the objective on the JVM's arrays, the network's backward
 * pass; then the gradient's norm, its clip and Adam. Buffers serve the next batch of the same size
 * again. One thread at a time.
 */
public final class TrainingStep {
  private final TrainableNetwork network;
  private final Objective objective;
  private final int microBatch;
  private Batch output;
  private ItemLosses losses;

  /**
   * @param network holds parameters and moments; may be used beside this
   * @param optimizer what the network was made with
   * @throws IllegalArgumentException if the objective takes outputs of another shape
   */
  public TrainingStep(TrainableNetwork network, Objective objective, OptimizerConfig optimizer) {
    objective.checkOutput(network.inputShape(), network.outputShape());
    this.network = network;
    this.objective = objective;
    this.microBatch = optimizer.microBatch();
  }

  /** What it trains. */
  TrainableNetwork network() {
    return network;
  }

  /** As {@link Objective#isTimed}. */
  boolean isTimed() {
    return objective.isTimed();
  }

  /** One optimiser step on a batch. */
  public StepResult take(TrainingBatch batch) {
    StepResult result = backpropagate(batch);
    network.update(result.gradientNorm());
    return result;
  }

  /**
   * Loss and gradient of a batch, without changing the parameters.
   *
   * @param gradient receives the gradient of the loss, flat
   */
  public StepResult gradient(TrainingBatch batch, float[] gradient) {
    StepResult result = backpropagate(batch);
    network.storeGradient(gradient);
    return result;
  }

  private StepResult backpropagate(TrainingBatch batch) {
    int count = batch.count();
    int each = objective.evaluations();
    NetworkInput input = objective.input(batch);
    if (output == null || losses.count() != count) {
      output = new Batch(count * each, network.outputShape());
      losses = new ItemLosses(count);
    }
    int most = microBatch == 0 ? count : Math.max(1, microBatch / each);
    int parts = (count + most - 1) / most;
    double loss = 0;
    for (int part = 0; part < parts; part++) {
      int first = (int) ((long) part * count / parts);
      int end = (int) ((part + 1L) * count / parts);
      network.forward(input, first * each, end * each, false, output);
      objective.evaluate(batch, first, end, output, losses);
      network.backward(output, part > 0, null);
      for (int n = first; n < end; n++) {
        loss += batch.weights()[n] * losses.loss(n);
      }
    }
    return new StepResult(loss / count, losses, network.gradientNorm());
  }
}
