package io.sparkddpm.error;

import java.util.Locale;

/**
 * Bad input from the user: the message says what is wrong, in which file or key, what was found and
 * what would be right. The command line prints it in one line, without a stack trace, and exits 2.
 */
public class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format {@link String#format} pattern
   */
  public UserException(String format, Object... args) {
    super(String.format(Locale.ROOT, format, args));
  }

  /** With the cause that the message explains. */
  public UserException(Throwable cause, String format, Object... args) {
    super(String.format(Locale.ROOT, format, args), cause);
  }
}
