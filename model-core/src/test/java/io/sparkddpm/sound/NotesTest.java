package io.sparkddpm.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class NotesTest {
  @Test
  void everyNoteHasThePitchOfItsClass() {
    for (int i = 0; i < 200; i++) {
      float[] note = Notes.play(3, i);
      double pitch = Pitch.of(note, Notes.RATE).orElseThrow();
      double away = Pitch.semitones(Notes.pitch(Notes.label(i)), pitch);
      assertTrue(Math.abs(away) < 0.5, i + " is " + away + " semitones away");
    }
  }

  @Test
  void aNoteIsAFunctionOfSeedAndIndex() {
    assertArrayEquals(Notes.play(3, 17), Notes.play(3, 17));
    assertFalse(Arrays.equals(Notes.play(3, 17), Notes.play(4, 17)));
    assertFalse(Arrays.equals(Notes.play(3, 17), Notes.play(3, 27)));
    assertEquals(7, Notes.label(17));
  }

  @Test
  void namesSortAsPitchesDo() {
    assertEquals("220-hz", Notes.CLASS_NAMES.get(0));
    assertEquals(Notes.CLASS_NAMES, Notes.CLASS_NAMES.stream().sorted().toList());
    assertEquals(10, Notes.CLASS_NAMES.size());
  }
}
