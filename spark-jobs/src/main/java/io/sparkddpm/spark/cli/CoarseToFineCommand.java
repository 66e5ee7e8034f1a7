package io.sparkddpm.spark.cli;

import io.sparkddpm.solver.CoarseToFine;
import io.sparkddpm.solver.Rows;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
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
final class CoarseToFineCommand extends RowsCommand {
  private static final int PARTS = 4;

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

  @Override
  String name() {
    return "coarse-to-fine";
  }

  @Override
  String what() {
    return String.format(Locale.ROOT, "%d images, %d from each x_t,", count, columns);
  }

  @Override
  Optional<String> dataset() {
    return Optional.empty();
  }

  @Override
  Rows rows(int timesteps) {
    return new CoarseToFine(count, RowLevels.orParts(levels, timesteps, PARTS), columns);
  }

  @Override
  String legend() {
    return "rows by t of the shared x_t";
  }
}
