package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import io.sparkddpm.spark.pipeline.Nightly;
import io.sparkddpm.spark.pipeline.Pipeline;
import java.net.URI;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pipeline}: everything, from images to a report. */
@Command(
    name = "pipeline",
    description = {
      "Runs shard, train, sample, reference-stats and fid, and writes a report.",
      "What is done and whole is skipped. With nightly.steps or nightly.hours set, each night"
          + " continues training from the last one's checkpoint and is compared with it"
          + " (docs/nightly.md)."
    },
    mixinStandardHelpOptions = true)
final class PipelineCommand extends JobCommand {
  @Option(
      names = "--input",
      paramLabel = "URI",
      arity = "1..*",
      description =
          "Files or directories of images; otherwise the configuration's pipeline.inputs.")
  private List<String> inputs = List.of();

  @Option(
      names = "--test-input",
      paramLabel = "URI",
      arity = "1..*",
      description =
          "Images that the network never sees, measured against side by side with the inputs;"
              + " otherwise the configuration's pipeline.test-inputs.")
  private List<String> testInputs = List.of();

  @Mixin private FormatOption format;

  @Option(
      names = "--output",
      paramLabel = "URI",
      description =
          "Directory of everything that is made; otherwise the configuration's pipeline.output.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--night",
      paramLabel = "NAME",
      description = "What the night is called; otherwise today's date, in UTC.")
  private Optional<String> night = Optional.empty();

  @Mixin private InceptionOption inception;

  @Override
  String name() {
    return "pipeline";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>(inception.keys());
    keys.addAll(format.keys());
    return keys;
  }

  private List<String> inputs(DdpmConfig config) {
    List<String> from = inputs.isEmpty() ? config.pipeline().inputs() : inputs;
    if (from.isEmpty()) {
      throw new UserException("no images: give --input, or set pipeline.inputs");
    }
    return from;
  }

  private String output(DdpmConfig config) {
    String place = output.orElse(config.pipeline().output());
    if (place.isEmpty()) {
      throw new UserException("no place for what is made: give --output, or set pipeline.output");
    }
    return place;
  }

  private Optional<URI> inception(Run run) {
    String configured = run.config().pipeline().inception();
    return inception
        .uri(run)
        .or(() -> configured.isEmpty() ? Optional.empty() : Optional.of(run.uri(configured)));
  }

  private void runNight(Run run) {
    Nightly.Result result =
        new Nightly(
                run.session(),
                run.config(),
                run.uris(inputs(run.config())),
                run.uri(output(run.config())),
                inception(run),
                run.progress())
            .run(night.orElseGet(() -> LocalDate.now(ZoneOffset.UTC).toString()));
    result.warnings().forEach(w -> print("warning: " + w));
    result.summary().forEach(this::print);
    print("report: " + result.report());
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    resolved.config().shard().requireImages(name());
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("pipeline from", String.join(", ", inputs(config)));
    plan.put("to", output(config));
    if (config.nightly().isOn()) {
      plan.put("by nights", night.orElse("called by their date"));
    }
    plan.put("network for the distance", inception.name());
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    if (run.config().nightly().isOn()) {
      runNight(run);
      return;
    }
    Pipeline pipeline =
        Pipeline.on(run.session())
            .config(run.config())
            .inputs(run.uris(inputs(run.config())))
            .testInputs(
                run.uris(testInputs.isEmpty() ? run.config().pipeline().testInputs() : testInputs))
            .output(run.uri(output(run.config())))
            .progress(run.progress());
    inception(run).ifPresent(pipeline::inception);
    Outcome.of(pipeline.run()).forEach(this::print);
  }
}
