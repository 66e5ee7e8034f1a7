package io.sparkddpm.text;

import io.sparkddpm.image.ByteImage;
import java.util.Arrays;
import java.util.Locale;

/**
 * A picture of a text in letters of 3 by 5 pixels, which need no fonts and look the same
 * everywhere: rows of {@value #COLUMNS} characters, small letters as capitals, masks as grey
 * blocks, blanks and line feeds empty, and characters without a letter here as frames.
 */
final class TextPicture {
  private static final int COLUMNS = 16;
  private static final int WIDTH = 4;
  private static final int HEIGHT = 6;
  private static final int GROUND = 24;
  private static final int INK = 235;
  private static final int MASK = 90;

  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'-+=()";

  /** Rows of each letter from its top, three bits each as an octal digit. */
  private static final String[] ROWS = {
    "25755", "65656", "34443", "65556", "74647", "74644", "34553", "55755", "72227", "11152",
    "55655", "44447", "57755", "65555", "25552", "65644", "25573", "65655", "34216", "72222",
    "55557", "55552", "55775", "55255", "55222", "71247", "75557", "26227", "61247", "61216",
    "55711", "74616", "34757", "71222", "75757", "75716", "00002", "00024", "02020", "02024",
    "22202", "71202", "22000", "00700", "02720", "07070", "12221", "42224"
  };

  private static final String FRAME = "75557";

  private TextPicture() {}

  static ByteImage of(String text) {
    int[] characters = text.codePoints().toArray();
    int rows = Math.max(1, (characters.length + COLUMNS - 1) / COLUMNS);
    int width = COLUMNS * WIDTH + 1;
    int height = rows * HEIGHT + 1;
    byte[] pixels = new byte[3 * width * height];
    Arrays.fill(pixels, (byte) GROUND);
    for (int i = 0; i < characters.length; i++) {
      int left = i % COLUMNS * WIDTH + 1;
      int top = i / COLUMNS * HEIGHT + 1;
      String shape = shape(characters[i]);
      int value = characters[i] == TextMedium.MASK ? MASK : INK;
      for (int y = 0; y < shape.length(); y++) {
        for (int x = 0; x < 3; x++) {
          if (((shape.charAt(y) - '0') >> (2 - x) & 1) == 1) {
            for (int c = 0; c < 3; c++) {
              pixels[(c * height + top + y) * width + left + x] = (byte) value;
            }
          }
        }
      }
    }
    return new ByteImage(pixels, 3, height, width);
  }

  private static String shape(int character) {
    if (character == TextMedium.MASK) {
      return "77777";
    }
    if (Character.isWhitespace(character)) {
      return "";
    }
    String upper = Character.toString(character).toUpperCase(Locale.ROOT);
    int known = upper.length() == 1 ? LETTERS.indexOf(upper) : -1;
    return known < 0 ? FRAME : ROWS[known];
  }
}
