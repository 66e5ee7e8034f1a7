package io.sparkddpm.sound;

import static io.sparkddpm.error.Checks.checkArgument;

import org.apache.commons.math3.complex.Complex;
import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/** Power spectra of short pieces of a sound, under a Hann window. Threads may share it. */
public final class Spectrum {
  private final int window;
  private final double[] weights;

  /**
   * @param window samples of a piece, a power of two
   */
  public Spectrum(int window) {
    checkArgument(
        window >= 2 && Integer.bitCount(window) == 1,
        "a window must be a power of two, got %s",
        window);
    this.window = window;
    this.weights = new double[window];
    for (int i = 0; i < window; i++) {
      weights[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / window);
    }
  }

  /** Frequencies of a spectrum: bin b of them lies at b·rate/window. */
  public int bins() {
    return window / 2 + 1;
  }

  /**
   * The spectrum of the piece around a sample; beyond its ends the sound is silent.
   *
   * @return power by bin; a sine of amplitude 1 at a bin's frequency has a power of 1 there
   */
  public double[] around(float[] samples, int centre) {
    double[] piece = new double[window];
    for (int i = 0; i < window; i++) {
      int at = centre - window / 2 + i;
      piece[i] = at >= 0 && at < samples.length ? weights[i] * samples[at] : 0;
    }
    Complex[] waves =
        new FastFourierTransformer(DftNormalization.STANDARD)
            .transform(piece, TransformType.FORWARD);
    double[] powers = new double[bins()];
    for (int b = 0; b < powers.length; b++) {
      double amplitude = waves[b].abs() * 4 / window; // half of it under the window, half at −b
      powers[b] = amplitude * amplitude;
    }
    return powers;
  }

  /** The mean of the spectra around every half window of a sound. */
  public double[] mean(float[] samples) {
    double[] mean = new double[bins()];
    int pieces = Math.max(1, 2 * samples.length / window);
    for (int p = 0; p < pieces; p++) {
      double[] powers = around(samples, p * window / 2);
      for (int b = 0; b < mean.length; b++) {
        mean[b] += powers[b] / pieces;
      }
    }
    return mean;
  }

  /**
   * Log-spectral distance of two spectra (Gray and Markel 1976): the root of the mean square of
   * their difference in decibels.
   *
   * @param floor decibels that both are raised to where they lie below it
   */
  public static double distance(double[] a, double[] b, double floor) {
    checkArgument(a.length == b.length, "spectra of %s and %s bins", a.length, b.length);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double d = Math.max(floor, decibels(a[i])) - Math.max(floor, decibels(b[i]));
      sum += d * d;
    }
    return Math.sqrt(sum / a.length);
  }

  /** A power in decibels; that of 1 is 0. */
  public static double decibels(double power) {
    return 10 * Math.log10(power);
  }
}
