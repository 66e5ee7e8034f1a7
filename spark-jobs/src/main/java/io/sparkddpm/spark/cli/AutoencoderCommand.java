package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.latent.LatentJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A command by which an autoencoder makes a dataset of another one's images. */
abstract class AutoencoderCommand extends JobCommand {
  @Option(
      names = {"--run", "--checkpoint"},
      paramLabel = "URI",
      required = true,
      description =
          "A run of model.type=autoencoder, for its latest whole checkpoint, or a checkpoint.")
  private String source;

  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      description = "The dataset of images.")
  private String dataset;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the new dataset.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "raw, or an average such as ema-0.9999.")
  private Optional<String> weights = Optional.empty();

  @Override
  final List<String> ownKeys() {
    List<String> keys = new ArrayList<>();
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    return keys;
  }

  @Override
  final Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put(name(), dataset + " by " + source);
    plan.put("to", output);
    return plan;
  }

  /** The job. */
  final LatentJob job(Run run) {
    return LatentJob.on(run.session())
        .engine(run.config().engineFactory())
        .from(run.uri(source))
        .images(run.uri(dataset))
        .to(run.uri(output))
        .config(run.config().sample())
        .progress(run.progress());
  }
}
