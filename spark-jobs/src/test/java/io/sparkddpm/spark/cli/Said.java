package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a command came to, in this process.
 *
 * @param code its exit code
 * @param text all that it printed
 */
record Said(int code, String text) {
  /** Runs a command. */
  static Said run(List<String> arguments) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
    int code =
        new Cli(new Terminal(out, out, Optional.empty())).run(arguments.toArray(String[]::new));
    return new Said(code, text.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command that must end as bad input, with one line that holds a text. */
  static void refused(String expected, List<String> arguments) {
    Said said = run(arguments);
    assertEquals(Cli.BAD_INPUT, said.code(), said.text());
    assertTrue(said.line().contains(expected), said.text());
    assertFalse(said.text().contains("\tat "), said.text());
  }

  /** The error. */
  String line() {
    return text.lines().filter(l -> l.startsWith("ddpm: ")).findFirst().orElse("");
  }
}
