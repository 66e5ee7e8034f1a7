package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.Rows;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code interpolate}: images between two. */
@Command(
    name = "interpolate",
    description = {
      "Draws images between two images of a dataset, or between those of two seeds.",
      "A row for each level at which they are mixed, a column for each λ from 0 to 1; a rerun makes"
          + " only what is missing."
    },
    mixinStandardHelpOptions = true)
final class InterpolateCommand extends RowsCommand {
  private static final int PARTS = 8;

  @ArgGroup(multiplicity = "1")
  private Ends ends;

  @Option(
      names = "--path",
      paramLabel = "NAME",
      defaultValue = "linear",
      description =
          "How their noise is mixed: linear, as in the paper, or spherical, which keeps it as"
              + " strong between them (default: ${DEFAULT-VALUE}).")
  private Interpolation.Path path;

  @Option(
      names = "--columns",
      paramLabel = "N",
      defaultValue = "11",
      description = "Images in a row, with both ends (default: ${DEFAULT-VALUE}).")
  private int columns;

  /** Two images or two seeds. */
  private static final class Ends {
    @ArgGroup(exclusive = false)
    private Images images;

    @Option(
        names = "--seeds",
        paramLabel = "A,B",
        split = ",",
        required = true,
        description = "Mix the noise that image 0 of each seed is drawn from.")
    private List<Long> seeds = List.of();
  }

  /** Two images of a dataset. */
  private static final class Images {
    @Option(
        names = "--images",
        paramLabel = "URI",
        required = true,
        description = "A dataset with both images.")
    private String dataset;

    @Option(
        names = "--between",
        paramLabel = "I,J",
        split = ",",
        required = true,
        description = "Their indices in the dataset, from 0.")
    private List<Long> indices = List.of();

    @Option(
        names = "--levels",
        paramLabel = "T",
        split = ",",
        description = RowLevels.DESCRIPTION + "(default: from the last timestep in eight parts).")
    private List<Double> levels = List.of();

    @Option(
        names = "--noise",
        paramLabel = "NAME",
        defaultValue = "own",
        description =
            "How they are taken to a level: own, each by noise of its own, as in the paper; shared,"
                + " both by the same; ode, by the probability-flow ODE, which brings the two images"
                + " back (default: ${DEFAULT-VALUE}).")
    private Added noise;

    private enum Added {
      OWN,
      SHARED,
      ODE
    }
  }

  @Override
  String name() {
    return "interpolate";
  }

  @Override
  String what() {
    return String.format(
        Locale.ROOT,
        "between %s %d and %d",
        ends.images == null ? "the seeds" : "the images",
        two().get(0),
        two().get(1));
  }

  @Override
  Optional<String> dataset() {
    return Optional.ofNullable(ends.images).map(images -> images.dataset);
  }

  private List<Long> two() {
    List<Long> two = ends.images == null ? ends.seeds : ends.images.indices;
    if (two.size() != 2) {
      throw new UserException(
          "interpolate: %s takes two numbers, such as 3,17",
          ends.images == null ? "--seeds" : "--between");
    }
    return two;
  }

  @Override
  Rows rows(int timesteps) {
    Images images = ends.images;
    return new Interpolation(
        images == null
            ? Interpolation.Noise.SEEDS
            : Interpolation.Noise.valueOf(images.noise.name()),
        path,
        two().get(0),
        two().get(1),
        images == null
            ? List.of(timesteps - 1.0)
            : RowLevels.orParts(images.levels, timesteps, PARTS),
        columns);
  }

  @Override
  String legend() {
    return "rows by level, columns by λ";
  }

  @Override
  void run(Run run) {
    two(); // before anything is opened
    super.run(run);
  }
}
