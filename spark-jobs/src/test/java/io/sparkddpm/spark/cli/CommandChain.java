package io.sparkddpm.spark.cli;

import io.sparkddpm.error.SuppressForbidden;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Several commands one after the other in one process; arguments are parted by {@code --then}. */
final class CommandChain {
  static final String THEN = "--then";

  private CommandChain() {}

  /** Ends with an exception at the first command that fails. */
  @SuppressForbidden("a process of its own, whose streams are a test's log")
  public static void main(String[] args) {
    List<String> command = new ArrayList<>();
    for (String argument : args) {
      if (argument.equals(THEN)) {
        run(command);
        command.clear();
      } else {
        command.add(argument);
      }
    }
    run(command);
  }

  @SuppressForbidden("a process of its own, whose streams are a test's log")
  private static void run(List<String> command) {
    int code =
        new Cli(new Terminal(System.out, System.err, Optional.empty()))
            .run(command.toArray(String[]::new));
    if (code != Cli.OK) {
      throw new IllegalStateException(command.get(0) + " ended with " + code);
    }
    System.out.println("done: " + command.get(0));
  }
}
