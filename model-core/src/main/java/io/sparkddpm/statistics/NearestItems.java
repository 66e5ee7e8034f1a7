package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.List;

/**
 * Two sets of items compared by nearest neighbours, whatever the distance between items is: minimum
 * matching distance and coverage (Achlioptas et al. 2018, arXiv:1707.02392, sec. 2), and the
 * accuracy of a leave-one-out classifier by the nearest neighbour (Lopez-Paz and Oquab 2017,
 * arXiv:1610.06545). Immutable.
 */
public final class NearestItems {
  private final List<Nearest> samples;
  private final List<Nearest> reference;

  /**
   * What is nearest to an item, itself left out.
   *
   * @param toSample distance to the nearest of the samples
   * @param toReference distance to the nearest of the reference
   * @param index of that one, from 0
   */
  public record Nearest(double toSample, double toReference, int index) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Of two sets.
   *
   * @param samples what is nearest to each of the samples
   * @param reference what is nearest to each of the reference
   */
  public NearestItems(List<Nearest> samples, List<Nearest> reference) {
    checkArgument(
        samples.size() >= 2 && samples.size() == reference.size(),
        "two sets of one size, at least 2, are compared, got %s and %s",
        samples.size(),
        reference.size());
    this.samples = List.copyOf(samples);
    this.reference = List.copyOf(reference);
  }

  /** Mean distance of the reference to the nearest sample: how well samples match. */
  public double minimumMatchingDistance() {
    return reference.stream().mapToDouble(Nearest::toSample).average().orElseThrow();
  }

  /** Share of the reference that is nearest to a sample: how much of it samples show. */
  public double coverage() {
    long covered = samples.stream().mapToInt(Nearest::index).distinct().count();
    return (double) covered / reference.size();
  }

  /**
   * Share of items whose nearest neighbour is of their own set; one half where both sets are drawn
   * from one distribution, 1 where they lie apart. Of equal distances half count.
   */
  public double nearestNeighbourAccuracy() {
    double right = 0;
    for (Nearest item : samples) {
      right += closer(item.toSample(), item.toReference());
    }
    for (Nearest item : reference) {
      right += closer(item.toReference(), item.toSample());
    }
    return right / (samples.size() + reference.size());
  }

  private static double closer(double own, double other) {
    return own == other ? 0.5 : own < other ? 1 : 0;
  }
}
