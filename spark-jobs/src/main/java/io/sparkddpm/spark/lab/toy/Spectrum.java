package io.sparkddpm.spark.lab.toy;

/** The discrete Fourier transform of small square images, orthonormal. */
final class Spectrum {
  private final int size;
  private final double[] cosines;
  private final double[] sines;

  /**
   * @param size height and width
   */
  Spectrum(int size) {
    this.size = size;
    cosines = new double[size];
    sines = new double[size];
    for (int i = 0; i < size; i++) {
      cosines[i] = Math.cos(2 * Math.PI * i / size) / Math.sqrt(size);
      sines[i] = Math.sin(2 * Math.PI * i / size) / Math.sqrt(size);
    }
  }

  /**
   * Transforms in place.
   *
   * @param re real part, row by row
   * @param im imaginary part
   * @param sign −1 to frequencies, 1 back
   */
  void transform(double[] re, double[] im, int sign) {
    for (int line = 0; line < size; line++) {
      transform(re, im, line * size, 1, sign);
    }
    for (int line = 0; line < size; line++) {
      transform(re, im, line, size, sign);
    }
  }

  private void transform(double[] re, double[] im, int from, int stride, int sign) {
    double[] a = new double[size];
    double[] b = new double[size];
    for (int k = 0; k < size; k++) {
      for (int i = 0; i < size; i++) {
        double c = cosines[i * k % size];
        double s = sign * sines[i * k % size];
        int at = from + i * stride;
        a[k] += c * re[at] - s * im[at];
        b[k] += c * im[at] + s * re[at];
      }
    }
    for (int k = 0; k < size; k++) {
      re[from + k * stride] = a[k];
      im[from + k * stride] = b[k];
    }
  }

  /** Waves over the image's width of a place in the spectrum, rounded; diagonal ones are longer. */
  int frequency(int place) {
    int y = place / size;
    int x = place % size;
    return (int) Math.rint(Math.hypot(Math.min(x, size - x), Math.min(y, size - y)));
  }
}
