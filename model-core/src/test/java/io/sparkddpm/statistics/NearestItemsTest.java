package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NearestItemsTest {
  /** Numbers on a line. */
  private static NearestItems of(double[] samples, double[] reference) {
    return new NearestItems(
        nearest(samples, samples, reference), nearest(reference, samples, reference));
  }

  private static List<NearestItems.Nearest> nearest(
      double[] items, double[] samples, double[] reference) {
    List<NearestItems.Nearest> all = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      int sample = nearest(items, i, samples);
      int real = nearest(items, i, reference);
      all.add(
          new NearestItems.Nearest(
              Math.abs(items[i] - samples[sample]), Math.abs(items[i] - reference[real]), real));
    }
    return all;
  }

  private static int nearest(double[] items, int item, double[] set) {
    int at = -1;
    for (int i = 0; i < set.length; i++) {
      boolean itself = items == set && i == item;
      double best = at < 0 ? Double.MAX_VALUE : Math.abs(items[item] - set[at]);
      at = !itself && Math.abs(items[item] - set[i]) < best ? i : at;
    }
    return at;
  }

  @Test
  void byHand() {
    NearestItems compared = of(new double[] {0, 1, 10}, new double[] {0.25, 11, 13});
    assertEquals((0.25 + 1 + 3) / 3, compared.minimumMatchingDistance());
    assertEquals(2.0 / 3, compared.coverage()); // nothing is nearest to 13
    // Own neighbours: none of 0 and 1, whose neighbour is 0.25, nor 10, nor 0.25 and 11; 13 has.
    assertEquals(1.0 / 6, compared.nearestNeighbourAccuracy());
  }

  @Test
  void setsThatLieApartAreToldApart() {
    NearestItems compared = of(new double[] {0, 1, 2}, new double[] {100, 101, 102});
    assertEquals(1, compared.nearestNeighbourAccuracy());
    assertEquals(1.0 / 3, compared.coverage());
  }

  /** One distribution: a half, within five deviations of as many coins. */
  @Test
  void setsOfOneDistributionAreNot() {
    RandomStream random = RandomStream.of(3, Purpose.TOY);
    double[] samples = new double[1000];
    double[] reference = new double[1000];
    Arrays.setAll(samples, i -> random.nextGaussian());
    Arrays.setAll(reference, i -> random.nextGaussian());
    double accuracy = of(samples, reference).nearestNeighbourAccuracy();
    assertEquals(0.5, accuracy, 5 * 0.5 / Math.sqrt(2000));
  }

  @Test
  void equalSetsCountHalf() {
    double[] items = {1, 1, 1};
    assertEquals(0.5, of(items, items.clone()).nearestNeighbourAccuracy());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new NearestItems(List.of(), List.of()));
    assertEquals("two sets of one size, at least 2, are compared, got 0 and 0", e.getMessage());
  }
}
