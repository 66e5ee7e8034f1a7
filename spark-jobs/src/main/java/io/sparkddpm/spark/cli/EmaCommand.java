package io.sparkddpm.spark.cli;

import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.AveragesOfRun;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code ema}: averages of weights whose width is chosen after training. */
@Command(
    name = "ema",
    description = {
      "Makes averages of weights of other widths than a run kept.",
      "Needs a run with training.ema=power; writes a checkpoint (docs/averaging.md)."
    },
    mixinStandardHelpOptions = true)
final class EmaCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Option(
      names = "--run",
      paramLabel = "URI",
      required = true,
      description = "A run; the more checkpoints it kept, the closer the averages.")
  private String run;

  @Option(
      names = "--sigma-rel",
      paramLabel = "S",
      required = true,
      split = ",",
      description =
          "Widths: the standard deviation of the steps that an average covers, as a share of all"
              + " steps so far; several with commas.")
  private List<Double> widths;

  @Option(
      names = "--at",
      paramLabel = "STEP",
      description = "Step of the checkpoint that the averages end at (default: the latest).")
  private OptionalLong step = OptionalLong.empty();

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "A new directory for the checkpoint.")
  private String output;

  @Override
  public Integer call() {
    EmaConfig.Power averages = averages();
    Configuration conf = spark.hadoopConfiguration();
    Checkpoint checkpoint =
        new AveragesOfRun(conf, Locations.parse(conf, run))
            .write(step, averages, Locations.parse(conf, output), ddpm.terminal().progress());
    ddpm.terminal()
        .out()
        .println(
            checkpoint
                + ": step "
                + checkpoint.step()
                + " with "
                + String.join(", ", checkpoint.weightNames()));
    return Cli.OK;
  }

  private EmaConfig.Power averages() {
    try {
      return new EmaConfig.Power(widths);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "--sigma-rel: %s", e.getMessage());
    }
  }
}
