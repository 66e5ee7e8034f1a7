package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.data.DrawnFiles;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.net.URI;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code draw}: files to try a medium out without data. */
@Command(
    name = "draw",
    description = {
      "Draws items of classes as files, to try 'shard' and 'train' out without data.",
      "The seed (key seed) chooses others."
    },
    mixinStandardHelpOptions = true)
final class DrawCommand extends JobCommand {
  @Parameters(
      paramLabel = "NAME",
      completionCandidates = Names.class,
      description = "What is drawn: ${COMPLETION-CANDIDATES}.")
  private String what;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "A new directory, in which each class becomes a folder and lines one file.")
  private String output;

  /** All that can be drawn. */
  private static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return DrawnFiles.names().iterator();
    }
  }

  @Override
  String name() {
    return "draw";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("draw", count + " " + what);
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    URI dir = run.uri(output);
    DrawnFiles.write(
        run.session().sparkContext().hadoopConfiguration(),
        what,
        dir,
        run.config().seed(),
        count,
        run.progress());
    print(String.format(Locale.ROOT, "%s: %d items of %s", dir, count, what));
  }
}
