package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The k smallest squared distances of each of some vectors, ascending. Which distances were added
 * first makes no difference. For one thread.
 */
public final class Neighbours implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int k;
  private final double[] nearest;

  /** For so many vectors. */
  public Neighbours(int vectors, int k) {
    checkArgument(k >= 1, "k must be at least 1, got %d", k);
    this.k = k;
    this.nearest = new double[Math.multiplyExact(vectors, k)];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
  }

  /** Adds the distance of vector {@code i} to another one. */
  public void add(int i, double squaredDistance) {
    int last = (i + 1) * k - 1;
    if (squaredDistance >= nearest[last]) {
      return;
    }
    int at = last;
    while (at > i * k && nearest[at - 1] > squaredDistance) {
      nearest[at] = nearest[at - 1];
      at--;
    }
    nearest[at] = squaredDistance;
  }

  /** Adds what another one has of the same vectors. */
  public Neighbours merge(Neighbours other) {
    for (int j = 0; j < other.nearest.length; j++) {
      add(j / k, other.nearest[j]);
    }
    return this;
  }

  /** Squared distance of each vector to its {@code rank}-th neighbour, from 1. */
  public double[] radii(int rank) {
    checkArgument(rank >= 1 && rank <= k, "rank must be from 1 to %d, got %d", k, rank);
    double[] radii = new double[nearest.length / k];
    for (int i = 0; i < radii.length; i++) {
      radii[i] = nearest[i * k + rank - 1];
    }
    return radii;
  }
}
