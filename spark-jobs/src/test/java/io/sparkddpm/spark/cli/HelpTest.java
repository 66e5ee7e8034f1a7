package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigSchema;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** What the program says of itself: help and docs. */
class HelpTest {
  private final CommandLine root =
      new CommandLine(
          new DdpmCommand(
              new Terminal(
                  new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                  new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                  Optional.of(80))));

  private static String words(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  private static boolean endsASentence(String text) {
    return text.endsWith(".");
  }

  @Test
  void everyCommandIsDescribedInWholeSentences() {
    String usage = words(root.setUsageHelpWidth(80).getUsageMessage());
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              String first = command.getCommandSpec().usageMessage().description()[0];
              assertTrue(endsASentence(first), name + ": " + first);
              assertTrue(usage.contains(name + " " + words(first)), name + " in " + usage);
            });
  }

  @Test
  void everyOptionIsDescribedInWholeSentencesThatAreNotCut() {
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              String usage = words(command.setUsageHelpWidth(80).getUsageMessage());
              List<ArgSpec> all = new ArrayList<>(command.getCommandSpec().args());
              assertTrue(!all.isEmpty(), name);
              for (ArgSpec argument : all) {
                String text = words(String.join(" ", argument.description()));
                String last = words(text.substring(text.lastIndexOf(' ') + 1));
                assertTrue(endsASentence(text), name + " " + argument + ": " + text);
                assertTrue(last.contains("$") || usage.contains(last), name + ": " + text);
              }
            });
  }

  @Test
  void everyKeyIsExplained() {
    for (ConfigSchema.Entry entry : ConfigSchema.of(DdpmConfig.DEFAULTS).entries()) {
      String text = entry.description();
      assertTrue(!text.isBlank(), entry.path() + " has no description: give it a @Key");
      assertTrue(!text.endsWith(".") && text.strip().equals(text), entry.path() + ": " + text);
      boolean isCount = entry.kind().filter(k -> k.contains("number")).isPresent();
      boolean isFree = entry.path().endsWith("seed") || entry.path().equals("model.attention");
      assertTrue(
          !isCount || isFree || entry.kind().get().contains(", "),
          entry.path() + " has no range: give it one in its @Key");
    }
  }

  @Test
  void theDocsAreWhatTheProgramSays() throws IOException {
    String markdown = new KeyReference().markdown();
    String ofTests = "plane: points in the plane; "; // a source of records
    assertEquals(
        markdown.replace(ofTests, "").replace(" plane, ", " "),
        Files.readString(SparkHome.root().resolve("docs/configuration.md"), StandardCharsets.UTF_8),
        "write it again: scripts/ddpm config --markdown > docs/configuration.md");
  }

  @Test
  void everyKeyIsReadByACommand() {
    for (String key : ConfigSchema.of(DdpmConfig.DEFAULTS).keys()) {
      assertTrue(!CommandKeys.readers(key).isEmpty(), key);
    }
  }

  /** A blank line, or a row of another number of cells, ends a table. */
  @Test
  void tablesOfTheDocsAreWhole() throws IOException {
    List<Path> files = new ArrayList<>(List.of(SparkHome.root().resolve("README.md")));
    try (Stream<Path> docs = Files.list(SparkHome.root().resolve("docs"))) {
      docs.filter(f -> f.toString().endsWith(".md")).forEach(files::add);
    }
    for (Path file : files) {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      int cells = 0;
      for (int i = 0; i < lines.size(); i++) {
        boolean isRow = lines.get(i).startsWith("|");
        boolean begins = isRow && cells == 0;
        String place = file.getFileName() + ":" + (i + 1) + ": " + lines.get(i);
        if (begins) {
          assertTrue(
              i + 1 < lines.size() && lines.get(i + 1).matches("\\|[-:| ]+\\|"),
              place + " begins a table without a header");
        }
        int found = lines.get(i).replace("\\|", "").split("[|]", -1).length;
        assertTrue(!isRow || begins || found == cells, place + " has another number of cells");
        cells = isRow ? found : 0;
      }
    }
  }
}
