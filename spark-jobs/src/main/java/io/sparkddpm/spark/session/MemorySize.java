package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory as Spark and JavaCPP write them. */
public final class MemorySize {
  private static final Pattern TEXT = Pattern.compile("(\\d+)\\s*([bkmgt]?)b?");

  private MemorySize() {}

  /**
   * Bytes of an amount such as {@code 4g} or {@code 512m}.
   *
   * @param key what the message calls it
   * @param bareUnit what a number without a unit counts: {@code b} or {@code m}
   * @throws UserException if it is none
   */
  static long parse(String key, String text, char bareUnit) {
    Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new UserException("%s must be an amount of memory such as 4g, got '%s'", key, text);
    }
    char unit = matcher.group(2).isEmpty() ? bareUnit : matcher.group(2).charAt(0);
    return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << 10 * "bkmgt".indexOf(unit));
  }

  /** Such as {@code 3.5 GiB}. */
  public static String format(long bytes) {
    return bytes >= 1L << 30
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30))
        : String.format(Locale.ROOT, "%.0f MiB", bytes / (double) (1L << 20));
  }
}
