package io.sparkddpm.sound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pitches of sums of sines, whose fundamental frequencies are known. */
class PitchTest {
  /** Sines at multiples of a frequency; the k-th has the amplitude at place k − 1. */
  private static float[] tone(int rate, int length, double frequency, double... amplitudes) {
    float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      double sum = 0;
      for (int k = 0; k < amplitudes.length; k++) {
        sum += amplitudes[k] * Math.sin(2 * Math.PI * (k + 1) * frequency * i / rate + k);
      }
      samples[i] = (float) sum;
    }
    return samples;
  }

  private static double error(int rate, double frequency, double... amplitudes) {
    OptionalDouble found = Pitch.of(tone(rate, rate / 2, frequency, amplitudes), rate);
    return Pitch.semitones(frequency, found.orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({
    "4000, 220",
    "4000, 233.3",
    "4000, 622.25",
    "8000, 100",
    "16000, 440.1",
    "44100, 1000"
  })
  void tonesWithAndWithoutOvertones(int rate, double frequency) {
    assertEquals(0, error(rate, frequency, 1), 0.1, "a sine");
    assertEquals(0, error(rate, frequency, 0.5, 0.3, 0.2), 0.1, "three overtones");
    assertEquals(0, error(rate, frequency, 0.1, 0.5, 0.4), 0.1, "a weak fundamental");
  }

  @Test
  void aFadingNoisyToneStillHasItsPitch() {
    float[] samples = tone(4000, 2048, 311, 0.5, 0.25);
    RandomStream noise = RandomStream.of(1, Purpose.NOISE, 0);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (samples[i] * Math.exp(-i / 800.0) + 0.01 * noise.nextGaussian());
    }
    double found = Pitch.of(samples, 4000).orElseThrow();
    assertEquals(0, Pitch.semitones(311, found), 0.2);
  }

  @Test
  void noiseAndSilenceHaveNone() {
    float[] samples = new float[2048];
    assertTrue(Pitch.of(samples, 4000).isEmpty());
    RandomStream.of(1, Purpose.NOISE, 0).fillGaussian(samples, 0, samples.length);
    assertTrue(Pitch.of(samples, 4000).isEmpty());
  }

  @Test
  void semitonesAreTwelfthsOfAnOctave() {
    assertEquals(12, Pitch.semitones(220, 440), 1e-12);
    assertEquals(-1, Pitch.semitones(466.1637615, 440), 1e-9);
  }

  @Test
  void aShortSoundHasOnlyTheHigherPitches() {
    assertEquals(
        0, Pitch.semitones(1000, Pitch.of(tone(8000, 64, 1000, 1), 8000).orElseThrow()), 0.1);
    assertTrue(Pitch.of(tone(8000, 64, 200, 1), 8000).isEmpty());
    for (int length = 0; length < 8; length++) {
      assertTrue(Pitch.of(new float[length], 8000).isEmpty());
    }
  }
}
