package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is gathered block by block against plain loops, and by hand. */
class PairMetricsTest {
  private static final int D = 11;

  private static Neighbours neighbours(float[] x, int k, int block) {
    int n = x.length / D;
    Neighbours all = new Neighbours(n, k);
    for (int from = n / block * block; from >= 0; from -= block) { // from the last block on
      Neighbours some = new Neighbours(n, k);
      float[] columns = Arrays.copyOfRange(x, from * D, Math.min(n, from + block) * D);
      Gram gram = new Gram(x, columns, D);
      for (int i = 0; i < gram.rows(); i++) {
        for (int j = 0; j < gram.columns(); j++) {
          if (i != from + j) {
            some.add(i, gram.squaredDistance(i, j));
          }
        }
      }
      all.merge(some);
    }
    return all;
  }

  @Test
  void blocksGiveTheSameCountsAsPlainLoops() {
    float[] reference = FrechetDistanceTest.features(90, D, 5);
    float[] generated = FrechetDistanceTest.features(70, D, 6);
    PrecisionRecall plain = PrecisionRecall.of(reference, generated, D, 3);
    Neighbours ofReference = neighbours(reference, 5, 16);
    Neighbours ofGenerated = neighbours(generated, 5, 33);
    ManifoldCounts counts = new ManifoldCounts();
    for (int from = 0; from < 70; from += 20) {
      ManifoldCounts block = new ManifoldCounts();
      float[] columns = Arrays.copyOfRange(generated, from * D, Math.min(70, from + 20) * D);
      block.add(
          new Gram(reference, columns, D),
          0,
          from,
          ofReference.radii(3),
          ofGenerated.radii(3),
          ofReference.radii(5));
      counts.merge(block);
    }
    Manifold manifold = counts.finish(90, 70, 3, 5);
    assertEquals(plain.precise(), manifold.precise());
    assertEquals(plain.recalled(), manifold.recalled());
    assertEquals(plain.precision(), manifold.precision());
    assertEquals(plain.recall(), manifold.recall());
  }

  /** Points on a line: 0, 1, 3, 7 against 0.5 and 20, with k = 1. */
  @Test
  void densityAndCoverageByHand() {
    float[] reference = {0, 1, 3, 7};
    float[] generated = {0.5f, 20};
    double[] radii = {1, 1, 4, 16}; // squared distances to the nearest other
    ManifoldCounts counts = new ManifoldCounts();
    counts.add(
        new Gram(reference, generated, 1), 0, 0, radii, new double[] {380.25, 380.25}, radii);
    Manifold manifold = counts.finish(4, 2, 1, 1);
    assertEquals(1, manifold.precise()); // 0.5 is in the balls of 0 and 1; 20 in none
    assertEquals(2, manifold.contained());
    assertEquals(1.0, manifold.density()); // 2 / (1 · 2)
    assertEquals(0.5, manifold.coverage()); // the balls of 0 and 1 of 4
    assertEquals(1, manifold.recall()); // 20 reaches to 0.5 and so to all
  }

  /** Reference vectors that are all equal have balls of radius 0. */
  @Test
  void ballsAreClosedForPrecisionAndRecallAndOpenForDensityAndCoverage() {
    float[] reference = {2, 2, 2, 5};
    float[] generated = {2, 8};
    double[] radii = {0, 0, 0, 9}; // squared distances to the nearest other
    ManifoldCounts counts = new ManifoldCounts();
    counts.add(new Gram(reference, generated, 1), 0, 0, radii, new double[] {36, 36}, radii);
    Manifold manifold = counts.finish(4, 2, 1, 1);
    assertEquals(2, manifold.precise()); // 2 at the centres, 8 on the edge of the ball of 5
    assertEquals(4, manifold.recall() * 4);
    assertEquals(0, manifold.density()); // 2 and 8 are on edges, inside no open ball
    assertEquals(0, manifold.coverage());
  }

  @Test
  void equalVectorsAreNoDistanceApart() {
    float[] x = FrechetDistanceTest.features(9, D, 7);
    Gram gram = new Gram(x, x.clone(), D);
    for (int i = 0; i < 9; i++) {
      assertEquals(0.0, gram.squaredDistance(i, i));
      double plain = VectorSums.squaredDistance(x, i * D, x, (i + 1) % 9 * D, D);
      assertEquals(plain, gram.squaredDistance(i, (i + 1) % 9), 1e-10 * plain);
    }
  }

  @Test
  void subsetsAreDistinctRowsThatDependOnTheSeed() {
    long[] rows = KernelDistance.subset(3, 5, 0, 40, 50);
    assertEquals(40, Arrays.stream(rows).distinct().filter(r -> r >= 0 && r < 50).count());
    assertArrayEquals(rows, KernelDistance.subset(3, 5, 0, 40, 50));
    assertFalse(Arrays.equals(rows, KernelDistance.subset(4, 5, 0, 40, 50)));
    assertFalse(Arrays.equals(rows, KernelDistance.subset(3, 6, 0, 40, 50)));
    assertFalse(Arrays.equals(rows, KernelDistance.subset(3, 5, 1, 40, 50)));
  }

  @Test
  void theInceptionScoreOfPartsIsThatOfTheWhole() {
    float[] logits = FrechetDistanceTest.features(53, D, 8);
    InceptionScore whole = InceptionScore.of(logits, D, 5);
    double[] wide = new double[logits.length];
    Arrays.setAll(wide, i -> logits[i]);
    InceptionScore.Sums total = new InceptionScore.Sums(D, 53, 5);
    for (int from = 0; from < 53; from += 8) {
      InceptionScore.Sums part = new InceptionScore.Sums(D, 53, 5);
      for (int i = from; i < Math.min(53, from + 8); i++) {
        part.add(i, wide, i * D);
      }
      total.merge(part);
    }
    assertEquals(whole.mean(), total.score().mean(), 1e-12 * whole.mean());
    assertEquals(whole.deviation(), total.score().deviation(), 1e-9);
  }
}
