package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The program in a JVM of another locale than UTF-8, as who submits the jar by hand may start. */
class LocaleTest {
  private static Said inLocaleC(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.sparkddpm.spark.cli.Main"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), text);
  }

  @Test
  void otherLocalesAreRefusedInOneLineThatSaysWhatToSet() throws Exception {
    Said said = inLocaleC("shard", "--input", "/nowhere", "--output", "/nowhere/else");
    assertEquals(Cli.BAD_INPUT, said.code(), said.text());
    assertTrue(said.line().contains("character set ANSI_X3.4-1968"), said.text());
    assertTrue(said.line().contains("start it with LC_ALL=C.UTF-8"), said.text());
    assertEquals(1, said.text().lines().count(), said.text());
  }

  @Test
  void argumentsThatAreNotUtf8AreNamedAsSuch() {
    Said.refused(
        "the argument '--config=caf\uFFFD.conf' is not valid UTF-8",
        List.of("train", "--dataset=d", "--run=r", "--config=caf\uFFFD.conf"));
  }
}
