package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fid}: the distance between samples and a reference. */
@Command(
    name = "fid",
    description = "Measures distances between samples and references, the Fréchet distance first.",
    mixinStandardHelpOptions = true)
final class FidCommand extends JobCommand {
  @Option(
      names = "--samples",
      paramLabel = "URI",
      required = true,
      description =
          "Samples, a dataset, a folder or .zip of images (PNG, JPEG, WebP), an .npz whose arr_0"
              + " holds bytes [N, H, W, C], other files that 'shard' takes, if need be with their"
              + " format as in folder:images.tar, a table of Spark as table:NAME or"
              + " 'table:SELECT …', or statistics of such.")
  private String samples;

  @Option(
      names = "--reference",
      paramLabel = "URI",
      required = true,
      description = {
        "Statistics that 'reference-stats' made, or images as for --samples.",
        "Several, such as training and test set, are measured side by side."
      })
  private List<String> references;

  @Option(names = "--output", paramLabel = "FILE", description = "Write the result there as JSON.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--force",
      description =
          "Measure even where there are no more images than the features have dimensions.")
  private boolean force;

  @Option(
      names = "--work",
      paramLabel = "URI",
      description = {
        "Directory for features while the job runs, beside the output without it.",
        "A job that was killed resumes from there."
      })
  private Optional<String> work = Optional.empty();

  @Mixin private MeasureOptions measure;

  @Override
  String name() {
    return "fid";
  }

  @Override
  List<String> ownKeys() {
    return measure.keys();
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("distance of", samples);
    plan.put("from", String.join(", ", references));
    plan.put("network", measure.inception().name());
    return plan;
  }

  @Override
  void run(Run run) {
    FidJob job =
        FidJob.on(run.session())
            .engine(run.config().inceptionEngine())
            .samples(run.images(samples))
            .references(references.stream().map(run::images).toList())
            .config(run.config().fid().withForce(force || run.config().fid().force()))
            .progress(run.progress());
    output.map(run::uri).ifPresent(job::output);
    measure.inception().uri(run).ifPresent(job::inception);
    work.map(run::uri).ifPresent(job::work);
    report(job.runAll()).forEach(this::print);
  }

  /** The lines that are printed: warnings once, then the results. */
  static List<String> report(List<FidResult> results) {
    Set<String> lines = new LinkedHashSet<>();
    results.forEach(r -> r.warnings().forEach(w -> lines.add("warning: " + w)));
    for (FidResult result : results) {
      lines.add(result.summary());
      if (!result.measuresSummary().isEmpty()) {
        lines.add("  " + result.measuresSummary());
      }
    }
    results.get(0).file().ifPresent(file -> lines.add("written to " + file));
    return new ArrayList<>(lines);
  }
}
