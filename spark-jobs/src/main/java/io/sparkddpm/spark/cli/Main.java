package io.sparkddpm.spark.cli;

import io.sparkddpm.error.SuppressForbidden;
import java.util.Optional;

/** Where the program begins and, alone, ends. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and exits with its code; in a driver that YARN started, returns or throws, as
   * YARN takes any exit for a failure.
   */
  @SuppressForbidden("the process begins and ends here, with its own streams")
  public static void main(String[] args) {
    Optional<Integer> columns = Optional.ofNullable(Integer.getInteger("ddpm.columns"));
    Cli cli = new Cli(new Terminal(System.out, System.err, columns));
    Runtime.getRuntime().addShutdownHook(new Thread(cli::interrupt, "interrupt"));
    int exitCode = cli.run(args);
    if (System.getProperty("spark.yarn.app.id") == null) {
      System.exit(exitCode);
    } else if (exitCode != Cli.OK) {
      throw new CommandFailedException(exitCode, cli.lastError());
    }
  }
}
