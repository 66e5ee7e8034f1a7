package io.sparkddpm.sound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ByteImage;
import org.junit.jupiter.api.Test;

class SpectrumTest {
  private static float[] sine(int length, double cyclesASample, double amplitude) {
    float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      samples[i] = (float) (amplitude * Math.sin(2 * Math.PI * cyclesASample * i));
    }
    return samples;
  }

  /** The Hann window's transform is 1 at a sine's bin, a half beside it and 0 elsewhere. */
  @Test
  void aSineFillsThreeBins() {
    double[] powers = new Spectrum(64).around(sine(256, 8 / 64.0, 0.5), 128);
    double peak = 0.25; // of an amplitude of 0.5
    for (int bin = 0; bin < powers.length; bin++) {
      double expected = bin == 8 ? peak : Math.abs(bin - 8) == 1 ? peak / 4 : 0;
      assertEquals(expected, powers[bin], 1e-8, "bin " + bin); // samples are float32
    }
  }

  @Test
  void beyondItsEndsASoundIsSilent() {
    double[] powers = new Spectrum(64).around(sine(256, 8 / 64.0, 0.5), 256 + 32);
    for (double power : powers) {
      assertEquals(0, power);
    }
  }

  @Test
  void distancesAreInDecibels() {
    double[] a = {1, 1, 1, 1};
    assertEquals(0, Spectrum.distance(a, a, -60));
    assertEquals(10, Spectrum.distance(a, new double[] {10, 0.1, 10, 10}, -60), 1e-12);
    // a quarter of the bins is 60 dB away, where the floor ends what is nothing
    assertEquals(30, Spectrum.distance(a, new double[] {1, 1, 1, 0}, -60), 1e-12);
  }

  @Test
  void aSpectrogramShowsASinesFrequencyAllAlong() {
    ByteImage picture = Spectrogram.of(sine(2048, 0.25, 1));
    int middle = Spectrogram.SIZE / 2; // half of half the rate
    for (int x = 5; x < Spectrogram.SIZE - 5; x++) {
      int brightest = 0;
      for (int y = 0; y < Spectrogram.SIZE; y++) {
        brightest = picture.get(1, y, x) > picture.get(1, brightest, x) ? y : brightest;
      }
      assertTrue(Math.abs(brightest - middle) <= 1, brightest + " in column " + x);
      assertEquals(0, picture.get(0, 5, x));
    }
  }
}
