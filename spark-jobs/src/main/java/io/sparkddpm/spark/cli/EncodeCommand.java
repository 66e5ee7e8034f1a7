package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.EncodeJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code encode}: images become the noise that they would be drawn from. */
@Command(
    name = "encode",
    description = {
      "Follows images along the probability-flow ODE to their noise and back.",
      "Writes the noise, the error of what comes back and, if wanted, the bits per dimension; a"
          + " rerun encodes only what is missing."
    },
    mixinStandardHelpOptions = true)
final class EncodeCommand extends JobCommand {
  /** Keys of the levels of {@code encode.method = fixed}. */
  private static final List<String> GRID = List.of("sample.steps", "sample.spacing");

  @Option(
      names = {"--run", "--checkpoint"},
      paramLabel = "URI",
      required = true,
      description = "A run, for its latest whole checkpoint, or a checkpoint.")
  private String source;

  @Option(
      names = "--images",
      paramLabel = "URI",
      required = true,
      description = "A dataset; its first images are encoded.")
  private String images;

  @Option(names = "--count", paramLabel = "N", required = true, description = "How many images.")
  private long count;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of encode.tsv, noise.npz and encode.png.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "raw, or an average such as ema-0.9999.")
  private Optional<String> weights = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "S",
      description =
          "Levels that Heun's method steps between, in two evaluations each; 0: all of the"
              + " schedule's.")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--probes",
      paramLabel = "N",
      description =
          "Estimate the bits per dimension with so many directions for each image, two evaluations"
              + " each at every level; 0: not (default: ${DEFAULT-VALUE}).")
  private int probes;

  @Override
  String name() {
    return "encode";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>();
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    steps.ifPresent(s -> keys.add("sample.steps=" + s));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("encode", count + " images of " + images + " by " + source);
    plan.put("to", output);
    return plan;
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    if (resolved.config().encode().method().keepsToGrid()) {
      return;
    }
    for (String key : GRID) {
      if (resolved.typed().contains(key)) {
        throw new UserException(
            "encode: %s is for encode.method = fixed; adaptive steps follow from its tolerances",
            key);
      }
    }
  }

  @Override
  void run(Run run) {
    EncodeJob.Result result =
        EncodeJob.on(run.session())
            .engine(run.config().engineFactory())
            .from(run.uri(source))
            .images(run.uri(images))
            .to(run.uri(output))
            .levels(run.config().sample())
            .config(run.config().encode())
            .count(count)
            .probes(probes)
            .progress(run.progress())
            .run();
    print(
        String.format(
            Locale.ROOT,
            "%d images (%d encoded now), %.1f evaluations of the network for each",
            count,
            result.made(),
            result.evaluations()));
    print(
        String.format(
            Locale.ROOT, "error of what comes back: %.4f of 255 levels", result.meanError()));
    if (probes > 0) {
      print(String.format(Locale.ROOT, "bits per dimension: %.4f", result.bitsPerDim()));
    }
    print("table: " + result.table());
    print("noise: " + result.noise());
    print("picture: " + result.picture());
  }
}
