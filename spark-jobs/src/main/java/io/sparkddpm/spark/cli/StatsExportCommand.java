package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.stats.NpzStatistics;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code stats-export}: statistics for other tools. */
@Command(
    name = "stats-export",
    description = "Writes statistics as an .npz file of mu and sigma, which other tools read.",
    mixinStandardHelpOptions = true)
final class StatsExportCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Option(names = "--input", paramLabel = "URI", required = true, description = "Statistics.")
  private String input;

  @Option(
      names = "--output",
      paramLabel = "NPZ",
      required = true,
      description = "The file; must not be there.")
  private String output;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    URI to = Locations.parse(conf, output);
    NpzStatistics.exportFile(conf, Locations.parse(conf, input), to);
    ddpm.terminal().out().println("written to " + to);
    return Cli.OK;
  }
}
