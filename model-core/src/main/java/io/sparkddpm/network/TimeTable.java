package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * A learned vector for each whole timestep, with nothing shared between them, in place of {@link
 * TimeEmbedding}: for comparison. The vectors begin with unit variance, and those of timesteps that
 * are never trained stay as they began. A level between two timesteps has the nearer one's vector.
 *
 * @param timesteps T
 */
public record TimeTable(int timesteps, int width) implements EmbeddingNode {
  /** Name of the table, [timesteps, width]. */
  public String table() {
    return "time_table.weight";
  }

  /**
   * The row of a level.
   *
   * @param level zero-based timestep
   * @throws IllegalArgumentException if there is no such timestep
   */
  public int row(double level) {
    long row = Math.round(level);
    checkArgument(
        row >= 0 && row < timesteps,
        "timestep %s, but the network has vectors for %s",
        level,
        timesteps);
    return (int) row;
  }

  @Override
  public List<ParameterSpec> parameters() {
    return List.of(
        new ParameterSpec(table(), List.of(timesteps, width), Initializer.STANDARD_NORMAL));
  }

  @Override
  public long flops() {
    return 0;
  }

  /** The vectors. */
  @Override
  public Activations activations() {
    return Activations.of(width);
  }
}
