package io.sparkddpm.spark.cli;

import java.util.Locale;

/**
 * A command ended with an exit code other than 0, where the process is not ours to end: in a driver
 * that YARN started. Its message is what YARN shows as the application's diagnostics.
 */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailedException(int exitCode, String message) {
    // Without a stack trace: YARN would put it into the diagnostics.
    super(
        String.format(Locale.ROOT, "ddpm ended with exit code %d: %s", exitCode, message),
        null,
        false,
        false);
  }
}
