package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.stats.StatisticsMerge;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code stats-merge}: statistics of several sets become those of all together. */
@Command(
    name = "stats-merge",
    description = "Merges statistics, or takes some out of others, without the images.",
    mixinStandardHelpOptions = true)
final class StatsMergeCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Option(
      names = "--input",
      paramLabel = "URI",
      required = true,
      arity = "1..*",
      description = "Statistics to merge.")
  private List<String> inputs;

  @Option(
      names = "--remove",
      paramLabel = "URI",
      arity = "1..*",
      description = "Statistics to take out, which an input holds.")
  private List<String> removed = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the new statistics.")
  private String output;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    List<URI> add = inputs.stream().map(t -> Locations.parse(conf, t)).toList();
    List<URI> remove = removed.stream().map(t -> Locations.parse(conf, t)).toList();
    StatisticsMerge.Result result =
        StatisticsMerge.run(conf, add, remove, Locations.parse(conf, output));
    ddpm.terminal()
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%s: statistics of %d images for %s",
                result.statistics(),
                result.images(),
                result.metric()));
    return Cli.OK;
  }
}
