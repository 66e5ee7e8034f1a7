package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.fid.FidJob;
import io.sparkddpm.spark.fid.FidResult;
import io.sparkddpm.spark.job.DdpmConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fid}: the distance between samples and a reference. */
@Command(
    name = "fid",
    description = "Measures the Fréchet distance between samples and a reference.",
    mixinStandardHelpOptions = true)
final class FidCommand extends JobCommand {
  @Option(
      names = "--samples",
      paramLabel = "URI",
      required = true,
      description = {
        "Samples, a dataset, a folder or .zip of PNG files, an .npz whose arr_0 holds bytes",
        "[N, H, W, C], or statistics of such."
      })
  private String samples;

  @Option(
      names = "--reference",
      paramLabel = "URI",
      required = true,
      description = "Statistics that 'reference-stats' made, or images as for --samples.")
  private String reference;

  @Option(names = "--output", paramLabel = "FILE", description = "Write the result there as JSON.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--force",
      description =
          "Measure even where there are no more images than the features have dimensions.")
  private boolean force;

  @Mixin private InceptionOption inception;

  @Override
  String name() {
    return "fid";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("distance of", samples);
    plan.put("from", reference);
    plan.put("network", inception.name());
    return plan;
  }

  @Override
  void run(Run run) {
    FidJob job =
        FidJob.on(run.session())
            .samples(run.uri(samples))
            .reference(run.uri(reference))
            .config(run.config().fid().withForce(force || run.config().fid().force()))
            .progress(run.progress());
    output.map(run::uri).ifPresent(job::output);
    inception.uri(run).ifPresent(job::inception);
    FidResult result = job.run();
    result.warnings().forEach(w -> print("warning: " + w));
    print(result.summary());
    result.file().ifPresent(file -> print("written to " + file));
  }
}
