package io.sparkddpm.error;

import java.util.Locale;

/** The loss or a weight became non-finite. The command line exits 3. */
public class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format {@link String#format} pattern
   */
  public TrainingDivergedException(String format, Object... args) {
    super(String.format(Locale.ROOT, format, args));
  }
}
