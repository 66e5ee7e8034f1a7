package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.util.TreeMap;

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
    Sums sums = new Sums(classes, images, splits);
    for (int i = 0; i < images; i++) {
      sums.add(i, logits, i * classes);
    }
    return sums.score();
  }

  /**
   * What the score needs of some images: for each split the number of images, Σp and Σp·ln p. Sums
   * merge in a fixed order to equal bits. For one thread.
   */
  public static final class Sums implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int classes;
    private final long images;
    private final int splits;
    private final TreeMap<Integer, double[]> bySplit = new TreeMap<>(); // Σp, then Σp·ln p, count

    /**
     * Sums of no image yet.
     *
     * @param images in the whole set, of which splits are made
     */
    public Sums(int classes, long images, int splits) {
      checkArgument(
          splits >= 1 && splits <= images, "cannot make %d splits of %d images", splits, images);
      this.classes = classes;
      this.images = images;
      this.splits = splits;
    }

    /**
     * Adds an image.
     *
     * @param index in the whole set
     * @param logits holds its logits from {@code offset} on
     */
    public void add(long index, double[] logits, int offset) {
      long split = index / (images / splits);
      if (split >= splits) {
        return; // the remainder
      }
      double[] sums = bySplit.computeIfAbsent((int) split, s -> new double[classes + 2]);
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, logits[offset + c]);
      }
      double[] p = new double[classes];
      double total = 0;
      for (int c = 0; c < classes; c++) {
        p[c] = Math.exp(logits[offset + c] - largest);
        total += p[c];
      }
      double entropy = 0;
      for (int c = 0; c < classes; c++) {
        p[c] /= total;
        sums[c] += p[c];
        entropy += xlogx(p[c]);
      }
      sums[classes] += entropy;
      sums[classes + 1]++;
    }

    /** Adds the sums of images that follow. */
    public Sums merge(Sums other) {
      other.bySplit.forEach(
          (split, theirs) -> {
            double[] ours = bySplit.computeIfAbsent(split, s -> new double[classes + 2]);
            for (int i = 0; i < ours.length; i++) {
              ours[i] += theirs[i];
            }
          });
      return this;
    }

    /** The score, when every image has been added. */
    public InceptionScore score() {
      double[] scores = new double[splits];
      double sum = 0;
      for (int s = 0; s < splits; s++) {
        scores[s] = score(bySplit.get(s));
        sum += scores[s];
      }
      double mean = sum / splits;
      double square = 0;
      for (double score : scores) {
        square += (score - mean) * (score - mean);
      }
      return new InceptionScore(mean, Math.sqrt(square / splits));
    }

    private double score(double[] sums) {
      double count = sums[classes + 1];
      double divergence = sums[classes] / count;
      for (int c = 0; c < classes; c++) {
        divergence -= xlogx(sums[c] / count);
      }
      return Math.exp(divergence);
    }

    private static double xlogx(double x) {
      return x > 0 ? x * Math.log(x) : 0;
    }
  }
}
