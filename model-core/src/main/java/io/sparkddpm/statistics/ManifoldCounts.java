package io.sparkddpm.statistics;

import java.io.Serializable;
import java.util.BitSet;

/**
 * How a block of generated vectors lies among balls around reference vectors, and the reverse. A
 * ball reaches the k-th nearest neighbour of its centre within its own set. As in the authors'
 * code, balls are closed for precision and recall and open for density and coverage, which matters
 * where vectors are equal. Counts of several blocks merge in any order. For one thread.
 */
public final class ManifoldCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final BitSet precise = new BitSet();
  private final BitSet recalled = new BitSet();
  private final BitSet covered = new BitSet();
  private long contained;

  /**
   * Counts a block of pairs.
   *
   * @param block reference vectors by generated vectors
   * @param firstReference index of the block's first reference vector in its set
   * @param firstGenerated likewise
   * @param referenceRadii squared radii of all reference balls for precision and recall
   * @param generatedRadii of all generated balls for these
   * @param wideRadii of all reference balls for density and coverage
   */
  public void add(
      Gram block,
      int firstReference,
      int firstGenerated,
      double[] referenceRadii,
      double[] generatedRadii,
      double[] wideRadii) {
    for (int i = 0; i < block.rows(); i++) {
      int r = firstReference + i;
      for (int j = 0; j < block.columns(); j++) {
        int g = firstGenerated + j;
        double distance = block.squaredDistance(i, j);
        if (distance <= referenceRadii[r]) {
          precise.set(g);
        }
        if (distance <= generatedRadii[g]) {
          recalled.set(r);
        }
        if (distance < wideRadii[r]) {
          covered.set(r);
          contained++;
        }
      }
    }
  }

  /** Adds the counts of other blocks of the same sets. */
  public ManifoldCounts merge(ManifoldCounts other) {
    precise.or(other.precise);
    recalled.or(other.recalled);
    covered.or(other.covered);
    contained += other.contained;
    return this;
  }

  /** What they come to, when all pairs have been counted. */
  public Manifold finish(int reference, int generated, int k, int wideK) {
    return new Manifold(
        precise.cardinality(),
        generated,
        recalled.cardinality(),
        reference,
        contained,
        covered.cardinality(),
        k,
        wideK);
  }
}
