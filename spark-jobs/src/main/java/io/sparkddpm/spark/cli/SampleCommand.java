package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.SampleJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sample}: a checkpoint becomes images. */
@Command(
    name = "sample",
    description = {
      "Draws images from a trained network.",
      "Image i depends on the checkpoint, the settings, the seed and i, not on --count; a rerun"
          + " makes only what is missing."
    },
    mixinStandardHelpOptions = true)
final class SampleCommand extends JobCommand {
  @Mixin private DrawingOptions drawing;

  @Option(names = "--count", paramLabel = "N", required = true, description = "How many images.")
  private long count;

  @Option(
      names = "--output",
      paramLabel = "URI",
      description = "Directory of the samples; not with --fid.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--fid",
      paramLabel = "REFERENCE",
      description =
          "Measure the samples against statistics or images as they are drawn, and store none; the"
              + " distance is that of stored ones. May be given several times.")
  private List<String> references = List.of();

  @Option(
      names = "--fid-output",
      paramLabel = "FILE",
      description = "With --fid: write the result there as JSON.")
  private Optional<String> fidOutput = Optional.empty();

  @Option(
      names = "--force",
      description =
          "With --fid: measure even where there are no more images than the features have"
              + " dimensions.")
  private boolean force;

  @Mixin private MeasureOptions measure;

  @Option(
      names = "--images",
      paramLabel = "URI",
      description =
          "Make image i from image i of this dataset: what --from-level leaves of it, or --mask.")
  private Optional<String> images = Optional.empty();

  @Option(
      names = "--from-level",
      paramLabel = "T",
      description = "With --images: the timestep that they begin at; more is less like them.")
  private Optional<Double> fromLevel = Optional.empty();

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description =
          "With --images: an image of their size, black where they are kept, white where they are"
              + " drawn anew.")
  private Optional<String> mask = Optional.empty();

  @Option(
      names = "--npz",
      description = "Also write samples.npz (arr_0, uint8, NHWC), as other tools read it.")
  private boolean npz;

  @Override
  String name() {
    return "sample";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>(measure.keys());
    keys.addAll(drawing.keys());
    fromLevel.ifPresent(t -> keys.add("sample.from-level=" + t));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("sample", count + " images from " + drawing.location());
    checkTarget();
    images.ifPresent(from -> plan.put("from the images of", from));
    mask.ifPresent(kept -> plan.put("but where it is white in", kept));
    output.ifPresent(to -> plan.put("to", to + (npz ? " with samples.npz" : "")));
    if (output.isEmpty()) {
      config.checkDrawsAndMeasuresAtOnce();
      plan.put("measured against", String.join(", ", references));
      plan.put("network", measure.inception().name());
    }
    return plan;
  }

  private void checkTarget() {
    if (output.isPresent() == !references.isEmpty()) {
      throw new UserException(
          "sample: give either --output, to store the images, or --fid, to measure them unstored");
    }
    if (fidOutput.isPresent() && output.isPresent() || npz && output.isEmpty()) {
      throw new UserException("sample: --fid-output goes with --fid, --npz with --output");
    }
  }

  /** Draws and measures without storing. */
  private void measure(Run run) {
    run.config().checkDrawsAndMeasuresAtOnce();
    try (DrawnSamples drawn = job(run).drawn()) {
      FidJob fid =
          FidJob.on(run.session())
              .engine(run.config().inceptionEngine())
              .samples(drawn)
              .references(run.uris(references))
              .config(run.config().fid().withForce(force || run.config().fid().force()))
              .progress(run.progress());
      fidOutput.map(run::uri).ifPresent(fid::output);
      measure.inception().uri(run).ifPresent(fid::inception);
      FidCommand.report(fid.runAll()).forEach(this::print);
    }
  }

  private SampleJob job(Run run) {
    SampleJob job = drawing.job(run).count(count);
    images.map(run::uri).ifPresent(job::images);
    mask.map(run::uri).ifPresent(job::mask);
    return job;
  }

  @Override
  void run(Run run) {
    checkTarget();
    if (output.isEmpty()) {
      measure(run);
      return;
    }
    SampleJob.Result result =
        job(run).to(run.uri(output.get())).npz(npz).progress(run.progress()).run();
    print(DrawingOptions.made(result));
    print("sample grid: " + result.grid());
    result.strip().ifPresent(strip -> print("denoising strip: " + strip));
    result.labelledGrid().ifPresent(file -> print("with names of classes: " + file));
    result.npz().ifPresent(file -> print("pixels: " + file));
  }
}
