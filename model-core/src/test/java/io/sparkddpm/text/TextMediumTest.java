package io.sparkddpm.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextMediumTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aVocabularyIsInTheOrderOfCodePoints() {
    Vocabulary vocabulary = Vocabulary.of("zb\nä😀a b");
    assertEquals("\n abzä😀", vocabulary.toString());
    assertEquals(7, vocabulary.size());
    assertEquals(6, vocabulary.number(0x1F600));
    assertEquals(-1, vocabulary.number('c'));
    assertEquals(vocabulary, Vocabulary.of(List.of(97, 98, 122, 10, 32, 0xE4, 0x1F600)));
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.of(""));
  }

  @Test
  void textsAreWrittenAndReadBack() {
    TextMedium medium = new TextMedium("cba \nä");
    byte[] file = utf8("ab ä\nc");
    Batch numbers = medium.read(file, "a text");
    assertArrayEquals(new float[] {2, 3, 1, 5, 0, 4}, numbers.data());
    assertArrayEquals(file, medium.write(numbers, 0));
    Batch seen = new Batch(2, Shape.of(7, 1, 6)); // six characters and the mask
    for (int place = 0; place < 6; place++) {
      TokenLogits.set(seen, 1, place, place == 2 ? 6 : (int) numbers.data()[place]);
    }
    assertArrayEquals(utf8("ab▒ä\nc"), medium.write(seen, 1));
  }

  @Test
  void otherFilesAreRefused() {
    TextMedium medium = new TextMedium("ab");
    BadRecordException foreign =
        assertThrows(BadRecordException.class, () -> medium.read(utf8("abc"), "sample 3"));
    assertEquals(
        "sample 3 has the character U+0063, which is not in the vocabulary", foreign.getMessage());
    BadRecordException bytes =
        assertThrows(
            BadRecordException.class, () -> medium.picture(new byte[] {(byte) 0xC3}, "sample 4"));
    assertEquals("sample 4 is no text in UTF-8", bytes.getMessage());
  }

  @Test
  void aLineOmitsWhatFillsItUp() {
    TextMedium medium = new TextMedium("ab\n\\");
    assertEquals("a\\nb\\\\", medium.line(utf8("a\nb\\\n\n"), "a text"));
    assertEquals("", medium.line(utf8("\n"), "a text"));
  }

  /** An L, a mask, a blank and a frame. */
  @Test
  void picturesShowLetters() {
    ByteImage picture = new TextMedium("l ").picture(utf8("l▒ €"), "a text");
    assertEquals(3, picture.channels());
    assertEquals(7, picture.height());
    assertEquals(65, picture.width());
    String expected =
        String.join(
            "\n",
            "#   mmm     ###",
            "#   mmm     # #",
            "#   mmm     # #",
            "#   mmm     # #",
            "### mmm     ###");
    StringBuilder found = new StringBuilder();
    for (int y = 1; y < 6; y++) {
      for (int x = 1; x < 16; x++) {
        int value = picture.get(0, y, x);
        found.append(value > 200 ? '#' : value > 50 ? 'm' : ' ');
      }
      found.append(y < 5 ? "\n" : "");
    }
    assertEquals(expected, found.toString());
  }
}
