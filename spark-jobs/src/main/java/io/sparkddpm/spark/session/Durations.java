package io.sparkddpm.spark.session;

import java.util.Locale;

/** Spans of time for people. */
public final class Durations {
  private Durations() {}

  /** Such as {@code 7.3 s}, {@code 4 min 12 s} or {@code 26 h 03 min}. */
  public static String text(double seconds) {
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }
}
