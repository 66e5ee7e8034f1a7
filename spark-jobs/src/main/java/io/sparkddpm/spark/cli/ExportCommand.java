package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.WeightsFile;
import java.net.URI;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code export}: weights for other programs. */
@Command(
    name = "export",
    description = "Writes weights as one file of named tensors in PyTorch's layout.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Option(
      names = {"--run", "--checkpoint"},
      paramLabel = "URI",
      required = true,
      description = "A run, for its latest whole checkpoint, or a checkpoint.")
  private String source;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "A new file; its name ends in .safetensors or .npz.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      defaultValue = Checkpoint.RAW,
      description = "raw or an average such as ema-0.9999 (default: ${DEFAULT-VALUE}).")
  private String weights;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    Checkpoint checkpoint = Checkpoints.resolve(conf, Locations.parse(conf, source));
    URI file = Locations.parse(conf, output);
    WeightsFile.write(conf, file, checkpoint, weights);
    ddpm.terminal().out().println(file + ": " + weights + " of " + checkpoint);
    return Cli.OK;
  }
}
