package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.pipeline.Ablation;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ablate}: settings compared, each trained and measured. */
@Command(
    name = "ablate",
    description = {
      "Compares settings: trains and measures a network for each combination of them.",
      "What is varied is in ablate.axes; all else is equal, the order of images, timesteps and"
          + " noise too. Writes ablation.tsv and report.html; a rerun resumes (docs/evaluation.md)."
    },
    mixinStandardHelpOptions = true)
final class AblateCommand extends JobCommand {
  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      description = "A dataset that 'shard' made, to train on and to measure against.")
  private String dataset;

  @Option(
      names = "--test-dataset",
      paramLabel = "URI",
      description = "A dataset that is not trained on; its bits are measured too.")
  private Optional<String> testDataset = Optional.empty();

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of everything that is made.")
  private String output;

  @Mixin private InceptionOption inception;

  @Override
  String name() {
    return "ablate";
  }

  @Override
  List<String> ownKeys() {
    return inception.keys();
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("axes", String.join("; ", config.ablate().axes()));
    plan.put("on", dataset);
    plan.put("to", output);
    plan.put("network for the distance", inception.name());
    return plan;
  }

  @Override
  Map<String, String> plan(ConfigOptions.Resolved resolved) {
    Map<String, String> plan = plan(resolved.config());
    Ablation.combinations(resolved.config().ablate(), resolved.set())
        .forEach((name, keys) -> plan.put("combination " + name, String.join(" ", keys)));
    return plan;
  }

  @Override
  void run(Run run) {
    Ablation ablation =
        Ablation.on(run.session())
            .settings(run.config().ablate(), run.resolved().set())
            .dataset(run.uri(dataset))
            .output(run.uri(output))
            .progress(run.progress());
    testDataset.map(run::uri).ifPresent(ablation::testDataset);
    inception.uri(run).ifPresent(ablation::inception);
    Ablation.Result result = ablation.run();
    for (Ablation.Row row : result.rows()) {
      print(
          String.format(
              Locale.ROOT,
              "%s: %s %.4g, %.4f bits/dim%s",
              row.name(),
              row.distance().metric(),
              row.distance().distance(),
              row.bits().mean(),
              row.testBits()
                  .map(b -> String.format(Locale.ROOT, ", test %.4f", b.mean()))
                  .orElse("")));
    }
    print("table: " + result.table());
    print("report: " + result.report());
  }
}
