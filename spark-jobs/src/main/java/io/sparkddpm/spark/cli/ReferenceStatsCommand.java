package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reference-stats}: images become feature statistics. */
@Command(
    name = "reference-stats",
    description = "Makes the feature statistics that distances are measured from.",
    mixinStandardHelpOptions = true)
final class ReferenceStatsCommand extends JobCommand {
  @Option(
      names = "--input",
      paramLabel = "URI",
      required = true,
      description = "A dataset, samples, or images as for 'fid --samples'.")
  private String input;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the statistics.")
  private String output;

  @Mixin private MeasureOptions measure;

  @Override
  String name() {
    return "reference-stats";
  }

  @Override
  List<String> ownKeys() {
    return measure.keys();
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("statistics of", input);
    plan.put("network", measure.inception().name());
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    ReferenceStatsJob job =
        ReferenceStatsJob.on(run.session())
            .engine(run.config().inceptionEngine())
            .input(run.images(input))
            .output(run.uri(output))
            .config(run.config().fid())
            .progress(run.progress());
    measure.inception().uri(run).ifPresent(job::inception);
    ReferenceStatsJob.Result result = job.run();
    result.warnings().forEach(w -> print("warning: " + w));
    print(
        String.format(
            Locale.ROOT,
            "%s: statistics of %d images%s for %s, layer %s",
            result.statistics(),
            result.images(),
            result.skipped() ? " (were there already)" : "",
            result.metric(),
            result.layer()));
  }
}
