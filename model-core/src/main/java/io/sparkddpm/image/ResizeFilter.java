package io.sparkddpm.image;

/** How an image is resized; both average over all source pixels: no aliasing. */
public enum ResizeFilter {
  /** Mean over the area that an output pixel covers; enlarging interpolates linearly. */
  AREA,
  /** Linear interpolation whose triangle is widened by the reduction (PIL's BILINEAR). */
  TRIANGLE;

  /**
   * Weights of the source pixels for one output pixel along one axis.
   *
   * @param index output pixel, from 0
   * @param weights receives the weights, which sum to 1
   * @return the first source pixel that they belong to; the others follow
   */
  int weights(long index, int from, long to, double[] weights, int[] count) {
    double scale = (double) from / to;
    boolean area = this == AREA && scale >= 1;
    double support = area ? scale / 2 : Math.max(1.0, scale);
    double centre = (index + 0.5) * scale;
    int first = Math.max(0, (int) Math.floor(centre - support));
    int last = Math.min(from, (int) Math.ceil(centre + support));
    double sum = 0;
    for (int i = first; i < last; i++) {
      double w =
          area
              ? Math.min(i + 1, centre + support) - Math.max(i, centre - support)
              : 1 - Math.abs((i + 0.5 - centre) / support);
      weights[i - first] = Math.max(0, w);
      sum += weights[i - first];
    }
    for (int i = 0; i < last - first; i++) {
      weights[i] /= sum;
    }
    count[0] = last - first;
    return first;
  }

  /** More than the weights that one output pixel can have. */
  static int maxWeights(int from, long to) {
    return 2 * (int) Math.ceil(Math.max(1.0, (double) from / to)) + 3;
  }
}
