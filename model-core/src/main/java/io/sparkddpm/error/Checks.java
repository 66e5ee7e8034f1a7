package io.sparkddpm.error;

import java.util.Locale;

/** Argument checks with lazily formatted messages. */
public final class Checks {
  private Checks() {}

  /**
   * Throws {@link IllegalArgumentException} with the formatted message unless {@code ok}.
   *
   * @param format {@link String#format} pattern
   */
  public static void checkArgument(boolean ok, String format, Object... args) {
    if (!ok) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, format, args));
    }
  }

  /** As {@link #checkArgument}, for a state of the object that forbids the call. */
  public static void checkState(boolean ok, String format, Object... args) {
    if (!ok) {
      throw new IllegalStateException(String.format(Locale.ROOT, format, args));
    }
  }
}
