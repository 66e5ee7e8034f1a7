package io.sparkddpm.error;

/**
 * One record of an input cannot be used: cut off, damaged, foreign or of a kind that is refused.
 * Jobs may skip it.
 */
public class BadRecordException extends UserException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format {@link String#format} pattern; names the file and, where it applies, the record
   */
  public BadRecordException(String format, Object... args) {
    super(format, args);
  }

  /** With the cause that the message explains. */
  public BadRecordException(Throwable cause, String format, Object... args) {
    super(cause, format, args);
  }
}
