package io.sparkddpm.spark.cli;

import io.sparkddpm.solver.CoarseToFine;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.SampleJob;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code coarse-to-fine}: images that share an x_t. */
@Command(
    name = "coarse-to-fine",
    description = {
      "Draws several images from the same x_t, for each of several t.",
      "What they have in common was decided by then; a row for each t, a block of rows for each"
          + " image; a rerun makes only what is missing."
    },
    mixinStandardHelpOptions = true)
final class CoarseToFineCommand extends JobCommand {
  private static final int PARTS = 4;

  @Mixin private DrawingOptions drawing;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "Images whose x_t are shared, from image 0 (default: ${DEFAULT-VALUE}).")
  private long count;

  @Option(
      names = "--levels",
      paramLabel = "T",
      split = ",",
      description = RowLevels.DESCRIPTION + "(default: from the last timestep in four parts).")
  private List<Double> levels = List.of();

  @Option(
      names = "--columns",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images that share an x_t (default: ${DEFAULT-VALUE}).")
  private int columns;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the images, as samples are kept; grid.png shows the rows.")
  private String output;

  @Override
  String name() {
    return "coarse-to-fine";
  }

  @Override
  List<String> ownKeys() {
    return drawing.keys();
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put(
        "coarse-to-fine",
        String.format(
            Locale.ROOT, "%d images, %d from each x_t, by %s", count, columns, drawing.location()));
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    SampleJob.Result result =
        drawing
            .job(run)
            .rows(
                timesteps ->
                    new CoarseToFine(count, RowLevels.orParts(levels, timesteps, PARTS), columns))
            .to(run.uri(output))
            .progress(run.progress())
            .run();
    print(DrawingOptions.made(result));
    print("rows by t of the shared x_t: " + result.grid());
  }
}
