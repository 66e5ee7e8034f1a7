package io.sparkddpm.spark.cli;

import io.sparkddpm.error.SuppressForbidden;
import java.util.Optional;

/** Where the program begins and, alone, ends. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  @SuppressForbidden("the process begins and ends here, with its own streams")
  public static void main(String[] args) {
    Optional<Integer> columns = Optional.ofNullable(Integer.getInteger("ddpm.columns"));
    Cli cli = new Cli(new Terminal(System.out, System.err, columns));
    Runtime.getRuntime().addShutdownHook(new Thread(cli::interrupt, "interrupt"));
    System.exit(cli.run(args));
  }
}
