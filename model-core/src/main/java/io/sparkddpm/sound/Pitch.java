package io.sparkddpm.sound;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.apache.commons.math3.complex.Complex;
import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * The fundamental frequency of a sound by the method YIN (de Cheveigné and Kawahara 2002): the
 * shortest shift by which the sound is nearly equal to itself. Threads may share it.
 */
public final class Pitch {
  /** Lowest pitch that is found, in hertz; of short sounds, a third must hold a period. */
  public static final double LOWEST = 60;

  /** Samples a second, at least, among which shifts are sought; sounds of fewer get more. */
  private static final int FINE_RATE = 32_000;

  /** Largest normalised difference (their eq. 8) of a shift that is taken; their value. */
  private static final double THRESHOLD = 0.1;

  /** Largest one of a sound that has a pitch at all. */
  private static final double UNCLEAR = 0.5;

  private Pitch() {}

  /**
   * The pitch of a sound in hertz; empty where it has none, as noise and silence.
   *
   * @param rate samples a second
   */
  public static OptionalDouble of(float[] samples, int rate) {
    int factor = 1;
    while (factor * rate < FINE_RATE) {
      factor *= 2;
    }
    double[] fine = finer(samples, factor);
    double fineRate = (double) factor * rate;
    int longest = Math.min((int) Math.ceil(fineRate / LOWEST), fine.length / 3);
    double[] difference = normalisedDifference(fine, longest);
    int shift = 2;
    while (shift < longest && difference[shift] > THRESHOLD) {
      shift++;
    }
    if (shift >= longest) {
      shift = smallest(difference);
    }
    while (shift + 1 < longest && difference[shift + 1] < difference[shift]) {
      shift++;
    }
    boolean clear = shift + 1 <= longest && difference[shift] <= UNCLEAR;
    return clear
        ? OptionalDouble.of(fineRate / (shift + vertex(difference, shift)))
        : OptionalDouble.empty();
  }

  /** The sound at {@code factor} times the rate: its spectrum with zeros above. */
  private static double[] finer(float[] samples, int factor) {
    int length = 2;
    while (length < samples.length) {
      length *= 2;
    }
    double[] padded = new double[length];
    for (int i = 0; i < samples.length; i++) {
      padded[i] = samples[i];
    }
    FastFourierTransformer fourier = new FastFourierTransformer(DftNormalization.STANDARD);
    Complex[] coarse = fourier.transform(padded, TransformType.FORWARD);
    Complex[] fine = new Complex[factor * length];
    Arrays.fill(fine, Complex.ZERO);
    for (int k = 0; k < length / 2; k++) {
      fine[k] = coarse[k].multiply(factor);
    }
    for (int k = 1; k < length / 2; k++) {
      fine[fine.length - k] = coarse[length - k].multiply(factor);
    }
    Complex[] finer = fourier.transform(fine, TransformType.INVERSE);
    double[] real = new double[factor * samples.length];
    Arrays.setAll(real, i -> finer[i].getReal());
    return real;
  }

  /**
   * Squared differences of the sound from itself, divided by their mean over all shorter shifts.
   *
   * @return for shifts 0 to {@code longest}
   */
  private static double[] normalisedDifference(double[] samples, int longest) {
    double[] difference = new double[longest + 1];
    difference[0] = 1;
    double sum = 0;
    for (int shift = 1; shift <= longest; shift++) {
      double squares = 0;
      for (int i = 0; i < samples.length - longest; i++) {
        double d = samples[i] - samples[i + shift];
        squares += d * d;
      }
      sum += squares;
      difference[shift] = sum == 0 ? 1 : squares * shift / sum;
    }
    return difference;
  }

  private static int smallest(double[] difference) {
    int best = 1;
    for (int shift = 2; shift < difference.length - 1; shift++) {
      if (difference[shift] < difference[best]) {
        best = shift;
      }
    }
    return best;
  }

  /** Where between its neighbours a parabola through all three has its smallest value. */
  private static double vertex(double[] values, int at) {
    double before = values[at - 1] - values[at];
    double after = values[at + 1] - values[at];
    return before + after <= 0 ? 0 : (before - after) / (2 * (before + after));
  }

  /** Semitones from one frequency up to another one. */
  public static double semitones(double from, double to) {
    return 12 * Math.log(to / from) / Math.log(2);
  }
}
