package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.lab.toy.ToyReport;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code toy}: experiments in one and two dimensions. */
@Command(
    name = "toy",
    description = {
      "Shows the formulas of diffusion at work on toy data, on one page that stands alone.",
      "Runs small experiments, whose numbers are checked against theory, and writes report.html."
          + " Ends with 1 if a number is not what it must be."
    },
    mixinStandardHelpOptions = true)
final class ToyCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      completionCandidates = Names.class,
      description = "Which to run: ${COMPLETION-CANDIDATES}; all by default.")
  private List<String> names = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Directory that receives report.html.")
  private String output;

  /** The experiments' names, for the help. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ToyReport.names().iterator();
    }
  }

  @Override
  public Integer call() {
    ToyReport report = new ToyReport(names);
    Configuration conf = spark.hadoopConfiguration();
    URI directory = Locations.parse(conf, output);
    Terminal terminal = ddpm.terminal();
    ToyReport.Result result = report.write(conf, directory, terminal.progress());
    result.wrong().forEach(line -> terminal.print("wrong: %s", line));
    terminal.print(
        "report: %s (%d numbers, %d wrong)",
        result.page(), result.numbers(), result.wrong().size());
    return result.wrong().isEmpty() ? Cli.OK : Cli.FAILED;
  }
}
