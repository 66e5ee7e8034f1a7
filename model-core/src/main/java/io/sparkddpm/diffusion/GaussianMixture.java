package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.List;

/**
 * A mixture of Gaussians, the data of which everything is known: its components are its labels, and
 * at any level of noise it is a mixture again. Immutable; threads may share it.
 */
public final class GaussianMixture {
  /** Three Gaussians in the plane, of unequal weights and shapes. */
  public static final GaussianMixture PLANE =
      new GaussianMixture(
          List.of(
              new Gaussian(new double[] {1.5, 0.5}, new double[][] {{0.3, 0.1}, {0.1, 0.2}}),
              new Gaussian(new double[] {-1, 1.2}, new double[][] {{0.15, -0.05}, {-0.05, 0.25}}),
              new Gaussian(new double[] {0.2, -1.4}, new double[][] {{0.4, 0}, {0, 0.1}})),
          0.5,
          0.3,
          0.2);

  private final List<Gaussian> components;
  private final double[] weights;

  /**
   * @param components at least one, all of the same dimensions
   * @param weights of the components, which add up to 1
   */
  public GaussianMixture(List<Gaussian> components, double... weights) {
    checkArgument(
        !components.isEmpty() && components.size() == weights.length,
        "%s components with %s weights",
        components.size(),
        weights.length);
    this.components = List.copyOf(components);
    this.weights = weights.clone();
  }

  /** Number of dimensions. */
  public int dimensions() {
    return components.get(0).dimensions();
  }

  /** Components, by label. */
  public List<Gaussian> components() {
    return components;
  }

  /** How likely a label is. */
  public double weight(int label) {
    return weights[label];
  }

  /** The distribution of α·x + σ·ε. */
  public GaussianMixture at(double alpha, double sigma) {
    return new GaussianMixture(
        components.stream().map(component -> component.at(alpha, sigma)).toList(), weights);
  }

  /** ln p(x), in nats. */
  public double logDensity(double[] x) {
    return logDensity(x, Condition.NO_LABEL, new double[dimensions()]);
  }

  /**
   * ln p(x), or ln p(x | label), in nats, and its gradient.
   *
   * @param label the component, or {@link Condition#NO_LABEL} for the whole mixture
   * @param score receives ∇ ln p
   */
  public double logDensity(double[] x, int label, double[] score) {
    if (label != Condition.NO_LABEL) {
      return components.get(label).logDensity(x, score);
    }
    double[][] scores = new double[weights.length][score.length];
    double[] logs = new double[weights.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      logs[k] = Math.log(weights[k]) + components.get(k).logDensity(x, scores[k]);
      largest = Math.max(largest, logs[k]);
    }
    double total = 0;
    Arrays.fill(score, 0);
    for (int k = 0; k < weights.length; k++) {
      double share = Math.exp(logs[k] - largest);
      total += share;
      for (int i = 0; i < score.length; i++) {
        score[i] += share * scores[k][i];
      }
    }
    for (int i = 0; i < score.length; i++) {
      score[i] /= total;
    }
    return largest + Math.log(total);
  }

  /**
   * Draws a point.
   *
   * @return its label
   */
  public int draw(RandomStream stream, double[] x) {
    double u = stream.nextDouble();
    int label = 0;
    while (label < weights.length - 1 && u >= weights[label]) {
      u -= weights[label++];
    }
    components.get(label).draw(stream, x);
    return label;
  }
}
