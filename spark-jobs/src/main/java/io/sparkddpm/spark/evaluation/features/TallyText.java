package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.image.ImageTally;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A tally as the end of a features file's source, so that features that are kept still warn. */
final class TallyText {
  private static final Pattern TEXT =
      Pattern.compile(", (\\d{1,9}) files, (\\d{1,9}) JPEG, (\\d{1,9}) oriented");

  private TallyText() {}

  /** Nothing where there is nothing to warn of. */
  static String of(ImageTally tally) {
    if (tally.jpegs() + tally.oriented() == 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        ", %d files, %d JPEG, %d oriented",
        tally.images(),
        tally.jpegs(),
        tally.oriented());
  }

  /** The tally that follows {@code start}, or none if {@code text} is of something else. */
  static Optional<ImageTally> after(String start, String text) {
    if (text.equals(start)) {
      return Optional.of(ImageTally.NONE);
    }
    Matcher match = TEXT.matcher(text.startsWith(start) ? text.substring(start.length()) : "");
    return match.matches()
        ? Optional.of(
            new ImageTally(
                Long.parseLong(match.group(1)),
                Long.parseLong(match.group(2)),
                Long.parseLong(match.group(3))))
        : Optional.empty();
  }
}
