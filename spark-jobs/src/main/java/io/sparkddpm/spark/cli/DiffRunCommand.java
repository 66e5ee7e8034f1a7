package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.RunDiff;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code diff-run}: where two runs part. */
@Command(
    name = "diff-run",
    description = {
      "Finds the first step at which two runs differ, and in what.",
      "Ends with 0 if they agree in all that both have, with 1 if not."
    },
    mixinStandardHelpOptions = true)
final class DiffRunCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Parameters(index = "0", paramLabel = "RUN_A", description = "A run's directory.")
  private String first;

  @Parameters(index = "1", paramLabel = "RUN_B", description = "Another one's.")
  private String second;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    RunDiff.Result result =
        RunDiff.compare(conf, Locations.parse(conf, first), Locations.parse(conf, second));
    PrintStream out = ddpm.terminal().out();
    result.differences().forEach(out::println);
    String compared =
        result.checkpoints() + " common checkpoints, " + result.metrics() + " lines of metrics";
    if (result.differences().isEmpty()) {
      out.println("no difference in " + compared);
      return Cli.OK;
    }
    out.println(
        "first difference at step " + result.differences().get(0).step() + " (" + compared + ")");
    return Cli.FAILED;
  }
}
