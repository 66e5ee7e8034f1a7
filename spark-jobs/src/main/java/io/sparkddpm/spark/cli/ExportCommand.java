package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.DiffusersFolder;
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
    description =
        "Writes weights for other programs: a file of named tensors in PyTorch's layout, or a"
            + " folder that diffusers opens.",
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
      paramLabel = "URI",
      required = true,
      description = "A new file, whose name ends in .safetensors or .npz, or a new folder.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      defaultValue = Checkpoint.RAW,
      description = "raw or an average such as ema-0.9999 (default: ${DEFAULT-VALUE}).")
  private String weights;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "TENSORS",
      description =
          "tensors, a file by our names, or diffusers, the folder of a DDPMPipeline (default:"
              + " tensors).")
  private Format format;

  private enum Format {
    TENSORS,
    DIFFUSERS
  }

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    Checkpoint checkpoint = Checkpoints.resolve(conf, Locations.parse(conf, source));
    URI file = Locations.parse(conf, output);
    if (format == Format.DIFFUSERS) {
      DiffusersFolder.of(conf, file).write(checkpoint, weights);
    } else {
      WeightsFile.write(conf, file, checkpoint, weights);
    }
    ddpm.terminal().out().println(file + ": " + weights + " of " + checkpoint);
    return Cli.OK;
  }
}
