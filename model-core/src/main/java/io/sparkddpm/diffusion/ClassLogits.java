package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Batch;

/**
 * The probabilities that a classifier gives to the classes of an item. Its output has a channel for
 * each class, whose mean is the class's logit. Arithmetic is in double. One thread at a time.
 */
public final class ClassLogits {
  private final double[] probabilities;

  /** For so many classes. */
  public ClassLogits(int classes) {
    probabilities = new double[classes];
  }

  /**
   * Reads an item's output.
   *
   * @param output [N, classes, …]
   * @param label a class
   * @return ln p(label | x)
   */
  public double read(Batch output, int item, int label) {
    int area = output.itemLength() / probabilities.length;
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < probabilities.length; k++) {
      double sum = 0;
      int from = output.offset(item) + k * area;
      for (int i = from; i < from + area; i++) {
        sum += output.data()[i];
      }
      probabilities[k] = sum / area;
      largest = Math.max(largest, probabilities[k]);
    }
    double own = probabilities[label] - largest;
    double total = 0;
    for (int k = 0; k < probabilities.length; k++) {
      probabilities[k] = Math.exp(probabilities[k] - largest);
      total += probabilities[k];
    }
    for (int k = 0; k < probabilities.length; k++) {
      probabilities[k] /= total;
    }
    return own - Math.log(total);
  }

  /** The class that is most probable in the item last read; of equals the first. */
  public int best() {
    int best = 0;
    for (int k = 1; k < probabilities.length; k++) {
      best = probabilities[k] > probabilities[best] ? k : best;
    }
    return best;
  }

  /**
   * Puts the gradient of ln p(label | x) by an output in its place.
   *
   * @param item the one last read
   * @param factor on the gradient
   */
  public void gradient(Batch output, int item, int label, double factor) {
    int area = output.itemLength() / probabilities.length;
    for (int k = 0; k < probabilities.length; k++) {
      double slope = ((k == label ? 1 : 0) - probabilities[k]) / area;
      int from = output.offset(item) + k * area;
      for (int i = from; i < from + area; i++) {
        output.data()[i] = (float) (factor * slope);
      }
    }
  }
}
