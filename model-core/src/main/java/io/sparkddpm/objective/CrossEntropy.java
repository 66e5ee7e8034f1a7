package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassLogits;
import io.sparkddpm.error.UserException;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * −ln p(label | x_t) in nats, of a network with an output channel for each class; Dhariwal and
 * Nichol 2021, sec. 4. Where others report a squared error of the prediction, it reports the share
 * of wrong classes.
 */
final class CrossEntropy implements Objective {
  private ClassLogits logits;
  private int classes;

  @Override
  public void checkOutput(Shape data, Shape output) {
    checkArgument(
        output.rank() == data.rank() && output.dim(0) >= 2,
        "the objective takes a channel for each class, the network's outputs have shape %s: choose"
            + " model.type=classifier",
        output);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    if (classes != output.channels()) {
      classes = output.channels();
      logits = new ClassLogits(classes);
    }
    for (int n = first; n < end; n++) {
      int label = batch.condition().label(n);
      if (label == Condition.NO_LABEL) {
        throw new UserException("a classifier learns from labels, and image %s has none", n);
      }
      double loss = -logits.read(output, n, label);
      double wrong = logits.best() == label ? 0 : 1;
      logits.gradient(output, n, label, -(double) batch.weights()[n] / batch.count());
      losses.set(n, loss, wrong, 0);
    }
  }
}
