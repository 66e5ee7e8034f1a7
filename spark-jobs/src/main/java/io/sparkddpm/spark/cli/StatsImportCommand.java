package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.stats.NpzOrigin;
import io.sparkddpm.spark.evaluation.stats.NpzStatistics;
import io.sparkddpm.spark.evaluation.stats.StatisticsMerge;
import io.sparkddpm.spark.store.Locations;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code stats-import}: other tools' statistics become ours. */
@Command(
    name = "stats-import",
    description = {
      "Makes statistics from an .npz file with mu and sigma, as TTUR, pytorch-fid, clean-fid and"
          + " EDM write.",
      "Such files do not say how they were made; files by stats-export do."
    },
    mixinStandardHelpOptions = true)
final class StatsImportCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Option(names = "--input", paramLabel = "NPZ", required = true, description = "The .npz file.")
  private String input;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the statistics.")
  private String output;

  @Option(
      names = "--origin",
      paramLabel = "TOOL",
      description = "Who wrote it: ttur, edm, pytorch-fid or clean-fid; this decides the resize.")
  private Optional<String> origin = Optional.empty();

  @Option(names = "--images", paramLabel = "N", description = "How many images went in.")
  private Optional<Long> images = Optional.empty();

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      defaultValue = "2048",
      description = "Of the network; ${DEFAULT-VALUE} without it.")
  private String layer;

  @Option(
      names = "--inception",
      paramLabel = "PB",
      description = "The network, classify_image_graph_def.pb; statistics carry its hash.")
  private Optional<String> inception = Optional.empty();

  @Option(
      names = "--unknown-network",
      description = "Accept a file that is not the published network; statistics name it.")
  private boolean unknownNetwork;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    NpzStatistics.Claim claim =
        new NpzStatistics.Claim(
            origin.map(NpzOrigin::of),
            images,
            inception.map(t -> Locations.parse(conf, t)),
            layer,
            unknownNetwork);
    StatisticsMerge.Result result =
        NpzStatistics.importFile(
            conf, Locations.parse(conf, input), claim, Locations.parse(conf, output));
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
