package io.sparkddpm.config;

import static io.sparkddpm.error.Checks.checkArgument;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An interval of numbers.
 *
 * @param low its lower end
 * @param withLow whether that belongs to it
 * @param high its upper end, if it has one
 * @param withHigh whether that belongs to it
 */
record Range(BigDecimal low, boolean withLow, Optional<BigDecimal> high, boolean withHigh) {
  private static final Pattern FORM =
      Pattern.compile("([\\[(])(-?[0-9.]+), (inf|-?[0-9.]+)([\\])])");

  /**
   * Of a text such as {@code (0, 1]} or {@code [1, inf)}.
   *
   * @throws IllegalArgumentException if it has another form
   */
  static Range parse(String text) {
    Matcher matcher = FORM.matcher(text);
    checkArgument(matcher.matches(), "no interval: '%s'", text);
    return new Range(
        new BigDecimal(matcher.group(2)),
        matcher.group(1).equals("["),
        matcher.group(3).equals("inf")
            ? Optional.empty()
            : Optional.of(new BigDecimal(matcher.group(3))),
        matcher.group(4).equals("]"));
  }

  boolean holds(BigDecimal value) {
    int above = value.compareTo(low);
    int below = high.map(value::compareTo).orElse(-1);
    return (above > 0 || withLow && above == 0) && (below < 0 || withHigh && below == 0);
  }

  /** Such as {@code at least 1} or {@code from 0 to 1, without 1}. */
  @Override
  public String toString() {
    if (high.isEmpty()) {
      return (withLow ? "at least " : "greater than ") + low;
    }
    if (!withLow && !withHigh) {
      return "between " + low + " and " + high.get();
    }
    String left = withLow ? "" : ", without " + low;
    return "from " + low + " to " + high.get() + (withHigh ? left : ", without " + high.get());
  }
}
