package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.Sweep;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sweep}: several checkpoints, weights and samplers measured in one job. */
@Command(
    name = "sweep",
    description = {
      "Measures checkpoints with several weights and samplers; samples are not stored.",
      "Makes a table and plots of the distance by step and by evaluations of the network; a rerun"
          + " measures only what is missing."
    },
    mixinStandardHelpOptions = true)
final class SweepCommand extends JobCommand {
  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      split = ",",
      description = "raw, or averages such as ema-0.9999; the configuration's without it.")
  private List<String> weights = List.of();

  @Option(
      names = "--sampler",
      paramLabel = "NAME[:STEPS]",
      split = ",",
      description = "Samplers, such as ancestral or ddim:50; the configuration's without it.")
  private List<String> samplers = List.of();

  @Option(
      names = "--guidance",
      paramLabel = "F",
      split = ",",
      description = "Scales of guidance, such as 1,2,4; the configuration's without it.")
  private List<Double> guidance = List.of();

  @Option(
      names = "--count",
      paramLabel = "N",
      required = true,
      description = "Samples drawn for each measurement.")
  private long count;

  @Option(
      names = "--reference",
      paramLabel = "URI",
      required = true,
      description =
          "Statistics that 'reference-stats' made, or images; a dataset of the same medium for"
              + " samples of another one.")
  private String reference;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the results, sweep.tsv, sweep.png and evaluations.png.")
  private String output;

  @Option(
      names = "--force",
      description =
          "Measure even where there are no more images than the features have dimensions.")
  private boolean force;

  @Mixin private MeasureOptions measure;

  /** What is sampled from. */
  private static final class Source {
    @Option(
        names = "--run",
        paramLabel = "URI",
        required = true,
        description = "A run; all its checkpoints are measured.")
    private String run;

    @Option(
        names = "--checkpoint",
        paramLabel = "URI",
        required = true,
        arity = "1..*",
        description = "Checkpoints.")
    private List<String> checkpoints = List.of();

    String text() {
      return run != null ? "all checkpoints of " + run : String.join(", ", checkpoints);
    }
  }

  @Override
  String name() {
    return "sweep";
  }

  @Override
  List<String> ownKeys() {
    return measure.keys();
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    config.checkDrawsAndMeasuresAtOnce();
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("measure", source.text());
    List<String> ways = new ArrayList<>();
    for (SampleConfig way : ways(config.sample())) {
      String push = way.guidance().isOn() ? ", guidance " + way.guidance().scale() : "";
      ways.add(way.weights() + " by " + ConfigBinder.type(way.solver()) + push);
    }
    plan.put("with", String.join(", ", ways));
    plan.put("against", reference);
    plan.put("network", measure.inception().name());
    plan.put("to", output);
    return plan;
  }

  private List<SampleConfig> ways(SampleConfig base) {
    List<SampleConfig> ways = new ArrayList<>();
    for (String name : weights.isEmpty() ? List.of(base.weights()) : weights) {
      try {
        SampleConfig own = base.withWeights(name);
        if (samplers.isEmpty()) {
          ways.addAll(guided(own));
        }
        for (String sampler : samplers) {
          ways.addAll(guided(way(own, sampler)));
        }
      } catch (IllegalArgumentException e) {
        throw new UserException(e, "sweep: %s", e.getMessage());
      }
    }
    return ways;
  }

  private List<SampleConfig> guided(SampleConfig way) {
    return guidance.isEmpty()
        ? List.of(way)
        : guidance.stream()
            .map(
                scale ->
                    ConfigBinder.bind(
                        way,
                        ConfigLayer.assignments("--guidance", List.of("guidance.scale=" + scale))))
            .toList();
  }

  private static SampleConfig way(SampleConfig base, String text) {
    String[] parts = text.split(":", -1);
    if (parts.length > 2
        || !ConfigBinder.types(Solver.class).contains(parts[0])
        || (parts.length == 2 && !parts[1].matches("\\d{1,6}"))) {
      throw new UserException(
          "--sampler: '%s' is not understood; such as ancestral or ddim:50", text);
    }
    String steps = parts.length == 2 ? parts[1] : "0";
    return ConfigBinder.bind(
        base,
        ConfigLayer.assignments("--sampler", List.of("solver=" + parts[0], "steps=" + steps)));
  }

  @Override
  void run(Run run) {
    List<URI> checkpoints = new ArrayList<>();
    if (source.run == null) {
      checkpoints.addAll(run.uris(source.checkpoints));
    } else {
      Checkpoints.list(run.session().sparkContext().hadoopConfiguration(), run.uri(source.run))
          .stream()
          .map(Checkpoint::uri)
          .forEach(checkpoints::add);
      if (checkpoints.isEmpty()) {
        throw new UserException("%s has no checkpoint", source.run);
      }
    }
    Sweep sweep =
        Sweep.on(run.session())
            .engine(run.config().engineFactory())
            .inceptionEngine(run.config().inceptionEngine())
            .checkpoints(checkpoints)
            .samplers(ways(run.config().sample()))
            .overrides(run.overrides())
            .count(count)
            .reference(run.uri(reference))
            .output(run.uri(output))
            .config(run.config().fid().withForce(force || run.config().fid().force()))
            .progress(run.progress());
    measure.inception().uri(run).ifPresent(sweep::inception);
    Sweep.Result result = sweep.run();
    for (Sweep.Row row : result.rows()) {
      print(
          String.format(
              Locale.ROOT,
              "step %d, %s: %s %.4f",
              row.step(),
              row.series(),
              row.distance().metric(),
              row.distance().distance()));
    }
    Sweep.Row cheapest = result.cheapest();
    print(
        String.format(
            Locale.ROOT,
            "fewest evaluations within the interval of the best: %d, step %d, %s",
            cheapest.evaluations(),
            cheapest.step(),
            cheapest.series()));
    print("table: " + result.table());
    print("plots: " + result.plots().stream().map(URI::toString).collect(Collectors.joining(", ")));
  }
}
