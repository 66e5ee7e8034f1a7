package io.sparkddpm.sound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

class SoundSetTest {
  private static final int RATE = 4000;
  private static final int LENGTH = 2048;

  /** Sines of the given frequencies. */
  private static SoundSet sines(int[] labels, double amplitude, double... frequencies) {
    Batch sounds = new Batch(frequencies.length, Shape.of(1, 1, LENGTH));
    for (int n = 0; n < frequencies.length; n++) {
      for (int i = 0; i < LENGTH; i++) {
        double phase = 2 * Math.PI * frequencies[n] * i / RATE;
        sounds.data()[sounds.offset(n) + i] = (float) (amplitude * Math.sin(phase));
      }
    }
    return SoundSet.of(sounds, labels, RATE);
  }

  @Test
  void soundsWithinASemitoneAreInTune() {
    SoundSet reference = sines(new int[] {0, 0, 0, 1, 1}, 0.5, 219, 220, 240, 440, 440);
    assertEquals(220, reference.pitch(0).orElseThrow(), 1);
    assertEquals(440, reference.pitch(1).orElseThrow(), 2);
    assertTrue(reference.pitch(2).isEmpty());
    // 230 and 450 are within a semitone (6 %) of their classes; 260 and 220 are not
    SoundSet samples = sines(new int[] {0, 0, 1, 1}, 0.5, 230, 260, 450, 220);
    assertEquals(0.5, samples.shareInTune(reference));
    SoundSet silent = sines(new int[] {0, 1}, 0, 220, 440);
    assertEquals(0, silent.shareInTune(reference));
    assertEquals(0, samples.shareInTune(silent));
  }

  /** Half the amplitude is 6.02 dB less in every bin above the floor, and 0 in all below it. */
  @Test
  void spectraOfLouderSoundsAreAsFarAwayAsTheyAreLouder() {
    double frequency = 64.0 / 512 * RATE; // a bin of the window
    SoundSet loud = sines(new int[] {0}, 0.5, frequency);
    SoundSet soft = sines(new int[] {0}, 0.25, frequency);
    assertEquals(0, loud.spectralDistance(loud));
    // the sine fills three bins; where it begins, a few more
    double distance = loud.spectralDistance(soft);
    assertTrue(distance >= 20 * Math.log10(2) * Math.sqrt(3 / 257.0), "" + distance);
    assertTrue(distance < 20 * Math.log10(2), "" + distance);
  }

  @Test
  void setsWithoutACommonClassAreRefused() {
    SoundSet one = sines(new int[] {0}, 0.5, 220);
    SoundSet other = sines(new int[] {1}, 0.5, 220);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> one.spectralDistance(other));
    assertEquals("sounds of the classes [0] and [1] have no class in common", e.getMessage());
  }
}
