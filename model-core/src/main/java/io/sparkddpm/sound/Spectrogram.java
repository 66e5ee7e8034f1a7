package io.sparkddpm.sound;

import io.sparkddpm.image.ByteImage;

/**
 * A sound as a picture: time from left to right, frequency from 0 at the bottom to half the rate at
 * the top, power from black at −60 dB to white at 0 dB.
 */
public final class Spectrogram {
  /** Height and width in pixels. */
  public static final int SIZE = 96;

  private static final double RANGE = 60;
  private static final int SMALLEST_WINDOW = 256;

  /** Black, violet, red, orange, white, evenly spaced. */
  private static final int[][] COLOURS = {
    {0, 0, 0}, {70, 20, 110}, {190, 40, 90}, {250, 150, 40}, {255, 255, 255}
  };

  private Spectrogram() {}

  /** The picture of a sound, [3, {@value #SIZE}, {@value #SIZE}]. */
  public static ByteImage of(float[] samples) {
    double step = (double) samples.length / SIZE;
    int window = Math.max(SMALLEST_WINDOW, 2 * Integer.highestOneBit((int) Math.ceil(step)));
    Spectrum spectrum = new Spectrum(window);
    byte[] pixels = new byte[3 * SIZE * SIZE];
    for (int column = 0; column < SIZE; column++) {
      double[] powers = spectrum.around(samples, (int) ((column + 0.5) * step));
      for (int row = 0; row < SIZE; row++) {
        int from = row * (powers.length - 1) / SIZE;
        int to = Math.max(from + 1, (row + 1) * (powers.length - 1) / SIZE);
        double loudest = 0;
        for (int bin = from; bin < to; bin++) {
          loudest = Math.max(loudest, powers[bin]);
        }
        int at = (SIZE - 1 - row) * SIZE + column;
        double brightness = 1 + Math.max(-RANGE, Spectrum.decibels(loudest)) / RANGE;
        paint(pixels, at, Math.min(1, brightness) * (COLOURS.length - 1));
      }
    }
    return new ByteImage(pixels, 3, SIZE, SIZE);
  }

  private static void paint(byte[] pixels, int at, double colour) {
    int below = Math.min((int) colour, COLOURS.length - 2);
    for (int c = 0; c < 3; c++) {
      int from = COLOURS[below][c];
      double value = from + (colour - below) * (COLOURS[below + 1][c] - from);
      pixels[c * SIZE * SIZE + at] = (byte) Math.round(value);
    }
  }
}
