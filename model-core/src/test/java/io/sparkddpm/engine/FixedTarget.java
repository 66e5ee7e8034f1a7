package io.sparkddpm.engine;

import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/** Mean squared error of an output of any shape against given numbers, written plainly. */
public record FixedTarget(Batch target) implements Objective {
  @Override
  public void checkOutput(Shape data, Shape output) {
    Objective.requireShape(target.shape(), output);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    int length = target.itemLength();
    for (int n = first; n < end; n++) {
      double sum = 0;
      for (int i = target.offset(n); i < target.offset(n + 1); i++) {
        double d = (double) output.data()[i] - target.data()[i];
        sum += d * d;
        output.data()[i] = (float) (2 * d * batch.weights()[n] / length / batch.count());
      }
      losses.set(n, sum / length, sum / length, 0);
    }
  }
}
