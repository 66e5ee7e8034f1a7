package io.sparkddpm.image;

import io.sparkddpm.error.BadRecordException;

/** One image cannot be used: cut off, damaged, foreign or of a kind that is refused. */
public class BadImageException extends BadRecordException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format {@link String#format} pattern; names the file and, where it applies, the record
   */
  public BadImageException(String format, Object... args) {
    super(format, args);
  }

  /** With the cause that the message explains. */
  public BadImageException(Throwable cause, String format, Object... args) {
    super(cause, format, args);
  }
}
