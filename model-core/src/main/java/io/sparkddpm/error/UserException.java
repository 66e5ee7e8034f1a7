package io.sparkddpm.error;

import java.util.Locale;

/**
 * Bad input from the user: the message says what is wrong, in which file or key, what was found and
 * what would be right. It is one line, whatever a file held that it quotes. The command line prints
 * it without a stack trace, and exits 2.
 */
public class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format {@link String#format} pattern
   */
  public UserException(String format, Object... args) {
    super(line(String.format(Locale.ROOT, format, args)));
  }

  /** With the cause that the message explains. */
  public UserException(Throwable cause, String format, Object... args) {
    super(line(String.format(Locale.ROOT, format, args)), cause);
  }

  /** Line breaks and tabs become spaces, other control characters are written as escapes. */
  private static String line(String text) {
    StringBuilder line = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c) && c != ' ') {
        line.append(line.length() > 0 && line.charAt(line.length() - 1) == ' ' ? "" : " ");
      } else if (Character.isISOControl(c)) {
        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }
}
