package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.bound.EvaluateJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code evaluate}: the variational bound of a trained network. */
@Command(
    name = "evaluate",
    description = {
      "Measures the variational bound in bits per dimension: its terms, rate and distortion by"
          + " timestep, and the errors of noise and image.",
      "Writes evaluation.json, plots and progressive decodings; a rerun measures only what is"
          + " missing (docs/evaluation.md)."
    },
    mixinStandardHelpOptions = true)
final class EvaluateCommand extends JobCommand {
  @ArgGroup(multiplicity = "1")
  private DrawingOptions.Source source;

  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      arity = "1..*",
      description = {
        "Datasets that 'shard' made.",
        "Of several, such as training and test set, the gap to the first is reported."
      })
  private List<String> datasets = List.of();

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the result.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "raw, or an average such as ema-0.9999 (sample.weights).")
  private Optional<String> weights = Optional.empty();

  @Option(names = "--images", paramLabel = "N", description = "Images of each dataset; 0: all.")
  private Optional<Long> images = Optional.empty();

  @Option(
      names = "--timesteps",
      paramLabel = "N",
      description =
          "Evaluations for each image, at random timesteps if they are fewer than the schedule's;"
              + " 0: at every timestep.")
  private Optional<Integer> timesteps = Optional.empty();

  @Override
  String name() {
    return "evaluate";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>();
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    images.ifPresent(n -> keys.add("evaluate.images=" + n));
    timesteps.ifPresent(n -> keys.add("evaluate.timesteps=" + n));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("evaluate", config.sample().weights() + " of " + source.location());
    plan.put("on", String.join(", ", datasets));
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    EvaluateJob.Result result =
        EvaluateJob.on(run.session())
            .engine(run.config().engineFactory())
            .from(run.uri(source.location()))
            .datasets(run.uris(datasets))
            .to(run.uri(output))
            .weights(run.config().sample().weights())
            .config(run.config().evaluate())
            .data(run.config().data())
            .overrides(run.overrides())
            .progress(run.progress())
            .run();
    result.evaluation().summary().forEach(this::print);
    print("written to " + result.output());
  }
}
