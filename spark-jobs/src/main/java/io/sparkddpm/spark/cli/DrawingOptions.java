package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.spark.sampling.SampleJob;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What images are drawn from, and by which settings. */
final class DrawingOptions {
  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "raw, or an average such as ema-0.9999.")
  private Optional<String> weights = Optional.empty();

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
      paramLabel = "N|NAME",
      description =
          "Draw images of this class only, by its number from 0 or by its name in the dataset;"
              + " without it a network with classes draws all of them in turn.")
  private Optional<String> label = Optional.empty();

  @Option(
      names = "--guidance",
      paramLabel = "F",
      description =
          "How far images are pushed towards their classes: 1 is not at all"
              + " (sample.guidance.scale).")
  private Optional<Double> guidance = Optional.empty();

  @Option(
      names = "--codec",
      paramLabel = "URI",
      description =
          "Checkpoint of the autoencoder of a network that draws latents, if it is not where it"
              + " was.")
  private Optional<String> codec = Optional.empty();

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

  /** The run or the checkpoint. */
  String location() {
    return source.location();
  }

  /** The keys that they set. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    sampler.ifPresent(s -> keys.add("sample.solver=" + s.toLowerCase(Locale.ROOT)));
    steps.ifPresent(s -> keys.add("sample.steps=" + s));
    eta.ifPresent(e -> keys.add("sample.solver.eta=" + e));
    noiseScale.ifPresent(f -> keys.add("sample.solver.noise-scale=" + f));
    seed.ifPresent(s -> keys.add("sample.seed=" + s));
    label.filter(DrawingOptions::isNumber).ifPresent(l -> keys.add("sample.label=" + l));
    guidance.ifPresent(s -> keys.add("sample.guidance.scale=" + s));
    return keys;
  }

  /** A job that draws with them. */
  SampleJob job(JobCommand.Run run) {
    SampleJob job =
        SampleJob.on(run.session())
            .engine(run.config().engineFactory())
            .from(run.uri(location()))
            .config(run.config().sample())
            .overrides(run.overrides());
    label.filter(name -> !isNumber(name)).ifPresent(job::className);
    codec.map(run::uri).ifPresent(job::codec);
    return job;
  }

  private static boolean isNumber(String label) {
    return label.matches("-?\\d+");
  }

  /** What came of a job, in a line. */
  static String made(SampleJob.Result result) {
    return String.format(
        Locale.ROOT,
        "%s: %d %s (%d made now) from step %d of %s%s",
        result.output(),
        result.images(),
        result.medium().plural(),
        result.made(),
        result.step(),
        result.checkpoint(),
        result
            .codec()
            .map(c -> ", decoded by " + c.weights() + " of " + c.checkpoint())
            .orElse(""));
  }
}
