package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * What the pipeline does beyond what its stages are set to.
 *
 * @param inputs files or directories with images, where the command line names none
 * @param output directory of everything that is made, likewise
 * @param inception the published network, likewise
 * @param sampleCount images drawn from the trained network
 * @param testInputs images that the network never sees, to measure against beside those that it is
 *     trained on
 * @param alsoWeights further weights to sample from and measure beside {@code sample.weights}, such
 *     as {@code raw}
 */
public record PipelineConfig(
    List<String> inputs,
    List<String> testInputs,
    String output,
    String inception,
    int sampleCount,
    List<String> alsoWeights) {
  /** As many samples as the paper measures. */
  public static final PipelineConfig DEFAULTS =
      new PipelineConfig(List.of(), List.of(), "", "", 50_000, List.of());

  /** Checks the ranges. */
  public PipelineConfig {
    inputs = List.copyOf(inputs);
    testInputs = List.copyOf(testInputs);
    alsoWeights = List.copyOf(alsoWeights);
    checkArgument(sampleCount >= 1, "sample-count must be at least 1, got %s", sampleCount);
  }
}
