package io.sparkddpm.spark.cli;

import io.sparkddpm.solver.Rows;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.SampleJob;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that draws images which lie in rows. */
abstract class RowsCommand extends JobCommand {
  @Mixin private DrawingOptions drawing;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the images, as samples are kept; grid.png shows the rows.")
  private String output;

  /** Which images, for {@code --dry-run}. */
  abstract String what();

  /** The dataset that they are made from. */
  abstract Optional<String> dataset();

  /**
   * The rows.
   *
   * @param timesteps of the schedule
   * @throws IllegalArgumentException if there are no such rows
   */
  abstract Rows rows(int timesteps);

  /** What rows and columns of the grid are. */
  abstract String legend();

  @Override
  final List<String> ownKeys() {
    return drawing.keys();
  }

  @Override
  final Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put(name(), what() + " by " + drawing.location());
    dataset().ifPresent(images -> plan.put("of", images));
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    SampleJob job = drawing.job(run).rows(this::rows);
    dataset().map(run::uri).ifPresent(job::images);
    SampleJob.Result result = job.to(run.uri(output)).progress(run.progress()).run();
    print(DrawingOptions.made(result));
    print(legend() + ": " + result.grid());
  }
}
