package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.SampleJob;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
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
  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "raw, or an average such as ema-0.9999.")
  private Optional<String> weights = Optional.empty();

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
      names = "--sampler",
      paramLabel = "NAME",
      completionCandidates = Solvers.class,
      description = "The solver: ${COMPLETION-CANDIDATES}.")
  private Optional<String> sampler = Optional.empty();

  @Option(names = "--steps", paramLabel = "S", description = "Steps; 0: all of the schedule's.")
  private Optional<Integer> steps = Optional.empty();

  @Option(names = "--eta", paramLabel = "E", description = "DDIM's share of noise, 0 to 1.")
  private Optional<Double> eta = Optional.empty();

  @Option(
      names = "--noise-scale",
      paramLabel = "F",
      description =
          "Factor on the noise of the ancestral sampler, at least 0 (sample.solver.noise-scale).")
  private Optional<Double> noiseScale = Optional.empty();

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the images' noise.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--label",
      paramLabel = "N",
      description =
          "Draw images of this class only, from 0; without it a network with classes draws all of"
              + " them in turn.")
  private Optional<Integer> label = Optional.empty();

  @Option(
      names = "--guidance",
      paramLabel = "F",
      description =
          "How far images are pushed towards their classes: 1 is not at all"
              + " (sample.guidance.scale).")
  private Optional<Double> guidance = Optional.empty();

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

  /** Names of all solvers. */
  private static final class Solvers implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ConfigBinder.types(Solver.class).iterator();
    }
  }

  /** Where the weights are. */
  static final class Source {
    @Option(
        names = "--run",
        paramLabel = "URI",
        required = true,
        description = "A run; its latest whole checkpoint is taken.")
    private String run;

    @Option(
        names = "--checkpoint",
        paramLabel = "URI",
        required = true,
        description = "A checkpoint.")
    private String checkpoint;

    String location() {
      return run != null ? run : checkpoint;
    }
  }

  @Override
  String name() {
    return "sample";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>(measure.keys());
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    sampler.ifPresent(s -> keys.add("sample.solver=" + s.toLowerCase(Locale.ROOT)));
    steps.ifPresent(s -> keys.add("sample.steps=" + s));
    eta.ifPresent(e -> keys.add("sample.solver.eta=" + e));
    noiseScale.ifPresent(f -> keys.add("sample.solver.noise-scale=" + f));
    seed.ifPresent(s -> keys.add("sample.seed=" + s));
    label.ifPresent(l -> keys.add("sample.label=" + l));
    fromLevel.ifPresent(t -> keys.add("sample.from-level=" + t));
    guidance.ifPresent(s -> keys.add("sample.guidance.scale=" + s));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("sample", count + " images from " + source.location());
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
    SampleJob job =
        SampleJob.on(run.session())
            .engine(run.config().engineFactory())
            .from(run.uri(source.location()))
            .count(count)
            .config(run.config().sample())
            .overrides(run.overrides());
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
    print(
        String.format(
            Locale.ROOT,
            "%s: %d images (%d made now) from step %d of %s",
            result.output(),
            result.images(),
            result.made(),
            result.step(),
            result.checkpoint()));
    print("sample grid: " + result.grid());
    print("denoising strip: " + result.strip());
    result.npz().ifPresent(file -> print("pixels: " + file));
  }
}
