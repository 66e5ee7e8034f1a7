package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.session.LineProgress;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.TerminalProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Where commands print.
 *
 * @param out results
 * @param err progress and errors
 * @param columns width, if {@code err} is a terminal
 */
record Terminal(PrintStream out, PrintStream err, Optional<Integer> columns) {
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(15);

  /** Prints a line of results at once. */
  void print(String format, Object... args) {
    out.println(String.format(Locale.ROOT, format, args));
    out.flush();
  }

  /** Bars on a terminal, lines elsewhere. */
  Progress progress() {
    return columns
        .<Progress>map(width -> new TerminalProgress(err, width))
        .orElseGet(() -> new LineProgress(err, LINE_INTERVAL));
  }
}
