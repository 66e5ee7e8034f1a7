package io.sparkddpm.fid;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * The Inception Score exp(E KL(p(y|x) ‖ p(y))) of Salimans et al. 2016, eq. 1.
 *
 * @param mean over the splits
 * @param deviation population standard deviation over the splits
 */
public record InceptionScore(double mean, double deviation) {

  /**
   * The score of consecutive splits of equal size; the remainder is left out.
   *
   * @param logits flat [N, classes]
   */
  public static InceptionScore of(float[] logits, int classes, int splits) {
    double[] wide = new double[logits.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = logits[i];
    }
    return of(wide, classes, splits);
  }

  /** As {@link #of(float[], int, int)}, from doubles. */
  public static InceptionScore of(double[] logits, int classes, int splits) {
    int images = logits.length / classes;
    checkArgument(
        logits.length == (long) images * classes,
        "%d logits are no rows of %d classes",
        logits.length,
        classes);
    checkArgument(
        splits >= 1 && splits <= images, "cannot make %d splits of %d images", splits, images);
    int size = images / splits;
    double sum = 0;
    double[] scores = new double[splits];
    for (int s = 0; s < splits; s++) {
      scores[s] = split(logits, classes, s * size, size);
      sum += scores[s];
    }
    double mean = sum / splits;
    double square = 0;
    for (double score : scores) {
      square += (score - mean) * (score - mean);
    }
    return new InceptionScore(mean, Math.sqrt(square / splits));
  }

  private static double split(double[] logits, int classes, int from, int count) {
    double[] marginal = new double[classes];
    double[] p = new double[classes];
    double negativeEntropy = 0;
    for (int i = from; i < from + count; i++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, logits[i * classes + c]);
      }
      double total = 0;
      for (int c = 0; c < classes; c++) {
        p[c] = Math.exp(logits[i * classes + c] - largest);
        total += p[c];
      }
      for (int c = 0; c < classes; c++) {
        p[c] /= total;
        marginal[c] += p[c] / count;
        negativeEntropy += xlogx(p[c]) / count;
      }
    }
    double divergence = negativeEntropy;
    for (double q : marginal) {
      divergence -= xlogx(q);
    }
    return Math.exp(divergence);
  }

  private static double xlogx(double x) {
    return x > 0 ? x * Math.log(x) : 0;
  }
}
