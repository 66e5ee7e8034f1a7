package io.sparkddpm.spark.report;

import java.util.Locale;

/** Numbers as reports show them. */
public final class NumberText {
  private NumberText() {}

  /** A value with at most four digits. */
  public static String of(double value) {
    double size = Math.abs(value);
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    if (size > 0 && size < 1e-3) {
      return String.format(Locale.ROOT, "%.2e", value).replaceAll("\\.?0+e", "e");
    }
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceAll("(\\.\\d*?)0+$", "$1")
        .replaceAll("\\.$", "");
  }
}
