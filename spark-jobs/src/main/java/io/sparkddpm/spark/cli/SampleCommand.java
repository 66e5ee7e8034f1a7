package io.sparkddpm.spark.cli;

import io.sparkddpm.sampler.SampleConfig;
import io.sparkddpm.spark.job.DdpmConfig;
import io.sparkddpm.spark.sample.SampleJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sample}: a checkpoint becomes images. */
@Command(
    name = "sample",
    description = {
      "Draws images from a trained network.",
      "Image i depends on the seed, i and the checkpoint alone; a rerun makes only what is missing."
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
      required = true,
      description = "Directory of the samples.")
  private String output;

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description = "The reverse process: ${COMPLETION-CANDIDATES}.")
  private Optional<SampleConfig.Kind> sampler = Optional.empty();

  @Option(names = "--steps", paramLabel = "S", description = "Steps; 0: all of the schedule's.")
  private Optional<Integer> steps = Optional.empty();

  @Option(names = "--eta", paramLabel = "E", description = "DDIM's share of noise, 0 to 1.")
  private Optional<Double> eta = Optional.empty();

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the images' noise.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--npz",
      description = "Also write samples.npz (arr_0, uint8, NHWC), as other tools read it.")
  private boolean npz;

  /** Where the weights are. */
  private static final class Source {
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
    List<String> keys = new ArrayList<>();
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    sampler.ifPresent(s -> keys.add("sample.sampler=" + s.name().toLowerCase(Locale.ROOT)));
    steps.ifPresent(s -> keys.add("sample.steps=" + s));
    eta.ifPresent(e -> keys.add("sample.eta=" + e));
    seed.ifPresent(s -> keys.add("sample.seed=" + s));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("sample", count + " images from " + source.location());
    plan.put("to", output + (npz ? " with samples.npz" : ""));
    return plan;
  }

  @Override
  void run(Run run) {
    SampleJob.Result result =
        SampleJob.on(run.session())
            .from(run.uri(source.location()))
            .to(run.uri(output))
            .count(count)
            .config(run.config().sample())
            .npz(npz)
            .progress(run.progress())
            .run();
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
