package io.sparkddpm.spark.cli;

import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DistanceWorsenedException;
import io.sparkddpm.spark.store.FileNames;
import io.sparkddpm.spark.store.StorageErrors;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** Parses a command line, runs its command and finds the exit code. */
final class Cli {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int BAD_INPUT = 2;
  static final int DIVERGED = 3;
  static final int WORSE = 4;

  private final Terminal terminal;
  private volatile boolean interrupted;
  private String lastError = "";

  Cli(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The exit code of one command. */
  int run(String... args) {
    return commandLine().execute(args);
  }

  /** The process is being stopped from outside: what fails from now on fails for that reason. */
  void interrupt() {
    interrupted = true;
  }

  /** The last error in one line; empty where there was none. */
  String lastError() {
    return lastError;
  }

  private CommandLine commandLine() {
    return new CommandLine(new DdpmCommand(terminal))
        .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
        .setUsageHelpWidth(terminal.columns().map(c -> Math.max(c, 80)).orElse(100))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(this::execute)
        .setParameterExceptionHandler(this::badParameter)
        .setExecutionExceptionHandler((e, command, result) -> failed(e));
  }

  private int execute(ParseResult parsed) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    try {
      FileNames.requireUtf8Locale();
      refuseReplaced(parsed.originalArgs());
    } catch (UserException e) {
      return failed(e);
    }
    return new RunLast().execute(parsed);
  }

  /** Java has lost the bytes of such an argument: no file would be found by it. */
  private static void refuseReplaced(List<String> args) {
    for (String arg : args) {
      if (FileNames.isReplaced(arg)) {
        throw new UserException(
            "the argument '%s' is not valid UTF-8, or holds the character U+FFFD, which stands for"
                + " bytes that are not: rename the file to a name in UTF-8",
            arg);
      }
    }
  }

  private int badParameter(ParameterException e, String[] args) {
    say(
        e.getMessage()
            + " (see "
            + e.getCommandLine().getCommandSpec().qualifiedName()
            + " --help)");
    return BAD_INPUT;
  }

  private int failed(Exception e) {
    if (interrupted) {
      say("interrupted; what is whole stays, and the same command resumes from there");
      return FAILED;
    }
    Optional<UserException> user = find(UserException.class, e);
    if (user.isPresent()) {
      say(StorageErrors.message(user.get()));
      return BAD_INPUT;
    }
    Optional<TrainingDivergedException> diverged = find(TrainingDivergedException.class, e);
    if (diverged.isPresent()) {
      say(diverged.get().getMessage());
      return DIVERGED;
    }
    if (e instanceof DistanceWorsenedException) {
      say(e.getMessage());
      return WORSE;
    }
    e.printStackTrace(terminal.err());
    lastError = oneLine(e.toString());
    return FAILED;
  }

  private void say(String message) {
    lastError = oneLine(message);
    terminal.err().println("ddpm: " + lastError);
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  /** What was thrown in a task comes wrapped by Spark. */
  private static <T extends Exception> Optional<T> find(Class<T> type, Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return Optional.of(type.cast(t));
      }
    }
    return Optional.empty();
  }
}
