package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassLogits;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.tensor.Batch;

/** The score of a class by a classifier's network: its gradient by the input. */
public final class NetworkClassScore implements ClassScore {
  private final TrainableNetwork network;
  private final ClassLogits logits;
  private final int classes;
  private Batch output;
  private long[] keys;

  /**
   * @param network a classifier without dropout, with its weights loaded; the owner closes it
   */
  public NetworkClassScore(TrainableNetwork network) {
    this.network = network;
    this.classes = network.outputShape().dim(0);
    this.logits = new ClassLogits(classes);
  }

  @Override
  public void gradient(Batch x, double[] levels, Condition labels, Batch gradient) {
    int count = x.count();
    if (output == null || output.count() != count) {
      output = new Batch(count, network.outputShape());
      keys = new long[count];
    }
    NetworkInput input = new NetworkInput(x, levels, labels, keys);
    network.forward(input, 0, count, true, output);
    for (int n = 0; n < count; n++) {
      int label = labels.label(n);
      checkArgument(
          label >= 0 && label < classes, "no class %s, the classifier has %s", label, classes);
      double likelihood = logits.read(output, n, label);
      if (!Double.isFinite(likelihood)) {
        throw new TrainingDivergedException(
            "The classifier gives a probability that is not finite; it cannot guide samples");
      }
      logits.gradient(output, n, label, 1);
    }
    network.backward(output, false, gradient);
  }
}
