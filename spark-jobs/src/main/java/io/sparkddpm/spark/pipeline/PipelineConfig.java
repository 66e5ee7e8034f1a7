package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.util.List;

/** What the pipeline does beyond what its stages are set to. */
public record PipelineConfig(
    @Key("files or directories with images, where the command line names none") List<String> inputs,
    @Key(
            "images that the network never sees, to measure against beside those that it is trained"
                + " on")
        List<String> testInputs,
    @Key("directory of everything that is made, where the command line names none") String output,
    @Key("the published network's file, where the command line names none") String inception,
    @Key(value = "images drawn from the trained network", range = "[1, inf)") int sampleCount,
    @Key("further weights to sample from and measure beside sample.weights, such as raw")
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
