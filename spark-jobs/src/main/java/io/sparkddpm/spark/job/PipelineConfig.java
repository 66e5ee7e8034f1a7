package io.sparkddpm.spark.job;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * What the pipeline does beyond what its stages are set to.
 *
 * @param inputs files or directories with images, where the command line names none
 * @param sampleCount images drawn from the trained network
 * @param alsoWeights further weights to sample from and measure beside {@code sample.weights}, such
 *     as {@code raw}
 */
public record PipelineConfig(List<String> inputs, int sampleCount, List<String> alsoWeights) {
  /** As many samples as the paper measures. */
  public static final PipelineConfig DEFAULTS = new PipelineConfig(List.of(), 50_000, List.of());

  /** Checks the ranges. */
  public PipelineConfig {
    inputs = List.copyOf(inputs);
    alsoWeights = List.copyOf(alsoWeights);
    checkArgument(sampleCount >= 1, "sample-count must be at least 1, got %s", sampleCount);
  }
}
