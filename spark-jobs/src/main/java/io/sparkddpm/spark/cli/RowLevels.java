package io.sparkddpm.spark.cli;

import java.util.List;
import java.util.stream.IntStream;

/** Levels of the rows of images. */
final class RowLevels {
  /** Beginning of an option's description. */
  static final String DESCRIPTION =
      "Timesteps of the rows, from 0, with commas; -1 is an image without noise ";

  private RowLevels() {}

  /**
   * Those that were given, or else the levels after T, T − T/parts … and 0 diffusion steps.
   *
   * @param timesteps T
   */
  static List<Double> orParts(List<Double> given, int timesteps, int parts) {
    return given.isEmpty()
        ? IntStream.rangeClosed(0, parts)
            .mapToObj(i -> Math.rint((double) timesteps * (parts - i) / parts) - 1)
            .toList()
        : given;
  }
}
