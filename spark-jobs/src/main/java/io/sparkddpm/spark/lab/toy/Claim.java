package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.spark.report.NumberText;

/**
 * A number of an experiment and the range in which theory has it.
 *
 * @param name what was measured
 * @param found the number
 * @param expected the range in words
 * @param low least value
 * @param high largest value
 */
record Claim(String name, double found, String expected, double low, double high) {
  static Claim near(String name, double found, double expected, double tolerance) {
    String words = NumberText.of(expected) + " ± " + NumberText.of(tolerance);
    return new Claim(name, found, words, expected - tolerance, expected + tolerance);
  }

  static Claim atMost(String name, double found, double bound) {
    return new Claim(
        name, found, "at most " + NumberText.of(bound), Double.NEGATIVE_INFINITY, bound);
  }

  static Claim atLeast(String name, double found, double bound) {
    return new Claim(
        name, found, "at least " + NumberText.of(bound), bound, Double.POSITIVE_INFINITY);
  }

  /** Whether the number is in its range. */
  boolean holds() {
    return found >= low && found <= high;
  }
}
