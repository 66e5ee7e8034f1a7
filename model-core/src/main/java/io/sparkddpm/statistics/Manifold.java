package io.sparkddpm.statistics;

/**
 * Precision and recall of Kynkäänniemi et al. 2019, density and coverage of Naeem et al. 2020: all
 * by balls around vectors that reach the k-th nearest neighbour in the same set.
 *
 * @param precise generated vectors inside a reference ball
 * @param generated number of generated vectors
 * @param recalled reference vectors inside a generated ball
 * @param reference number of reference vectors
 * @param contained pairs of a reference ball and a generated vector inside it
 * @param covered reference balls with a generated vector inside
 * @param k of precision and recall
 * @param wideK of density and coverage
 */
public record Manifold(
    int precise,
    int generated,
    int recalled,
    int reference,
    long contained,
    int covered,
    int k,
    int wideK) {

  /** Share of generated vectors inside the reference's manifold. */
  public double precision() {
    return (double) precise / generated;
  }

  /** Share of reference vectors inside the generated manifold. */
  public double recall() {
    return (double) recalled / reference;
  }

  /** Mean over generated vectors of the number of reference balls around them, over k. */
  public double density() {
    return (double) contained / ((double) wideK * generated);
  }

  /** Share of reference balls with a generated vector inside. */
  public double coverage() {
    return (double) covered / reference;
  }
}
