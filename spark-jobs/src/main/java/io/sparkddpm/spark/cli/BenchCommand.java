package io.sparkddpm.spark.cli;

import io.sparkddpm.bench.EngineBench;
import io.sparkddpm.bench.MachineLimits;
import io.sparkddpm.bench.Measurement;
import io.sparkddpm.bench.Peer;
import io.sparkddpm.bench.Ratios;
import io.sparkddpm.bench.SolverCost;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.Nd4jConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench}: how fast the network is on this machine, and how far from what it could give. */
@Command(
    name = "bench",
    description = {
      "Benchmarks the configured network on this machine; writes no artefact.",
      "Times the training step, inference, the sampling step and batch preparation, the"
          + " convolutions alone, and what the machine could give. With --peer it runs another"
          + " program in turn with itself and prints the ratios. Needs an otherwise idle machine."
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  private static final double MEBI = 1 << 20;

  private enum Part {
    TRAINING,
    INFERENCE,
    FLOOR,
    SAMPLING,
    PREPARATION
  }

  /** Stands in a peer's command for the width of the network. */
  private static final String CHANNELS = "{channels}";

  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigOptions configuration;

  @Option(
      names = "--batch",
      paramLabel = "N",
      split = ",",
      defaultValue = "16",
      description = "Images in a step; several with commas (default: ${DEFAULT-VALUE}).")
  private List<Integer> batches = List.of();

  @Option(
      names = "--channels",
      paramLabel = "C",
      split = ",",
      description = "Widths of the network; several with commas (default: model.channels).")
  private List<Integer> channels = List.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the step (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "15",
      description = "Seconds for which each part is timed (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description = "Least number of runs of each part (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      description =
          "Parts to time: training, inference, floor (their convolutions alone), sampling,"
              + " preparation (default: all); with --peer training and inference are compared, or"
              + " sampling where it is the only one.")
  private Set<Part> only = EnumSet.allOf(Part.class);

  @Option(
      names = "--soak",
      paramLabel = "STEPS",
      description =
          "Instead of timing, takes this many training steps with a prediction after each, and"
              + " prints the resident memory about twenty times.")
  private Integer soak;

  @Option(
      names = "--peer",
      paramLabel = "COMMAND",
      description =
          "Another program, a command for the shell, that is run in turn with this one; {batch} and"
              + " {channels} are replaced.")
  private String peer;

  @Option(
      names = "--peer-training",
      paramLabel = "REGEX",
      defaultValue = "([0-9.]+) img/s best",
      description =
          "Finds the peer's images/s in training, as group 1 (default: ${DEFAULT-VALUE}).")
  private Pattern peerTraining;

  @Option(
      names = "--peer-inference",
      paramLabel = "REGEX",
      defaultValue = "fwd only ([0-9.]+) img/s",
      description =
          "Finds the peer's images/s in inference, as group 1 (default: ${DEFAULT-VALUE}).")
  private Pattern peerInference;

  @Option(
      names = "--peer-sampling",
      paramLabel = "REGEX",
      defaultValue = "sampling ([0-9.]+) images/s a step",
      description =
          "With --only=sampling: finds the peer's images/s in a step of DDIM, as group 1 (default:"
              + " ${DEFAULT-VALUE}).")
  private Pattern peerSampling;

  @Option(
      names = "--alternations",
      paramLabel = "N",
      defaultValue = "5",
      description = "Number of turns (default: ${DEFAULT-VALUE}).")
  private int alternations;

  @Override
  public Integer call() {
    DdpmConfig config = configuration.resolve("bench");
    EngineBench.requireGaussian(config.diffusion());
    if (soak != null) {
      if (soak < 2 || batches.size() > 1 || channels.size() > 1 || peer != null) {
        throw new UserException(
            "--soak takes at least 2 steps of one --batch and one of --channels, and no --peer");
      }
      soak(config, networks(config.model()).get(0), batches.get(0));
      return Cli.OK;
    }
    MachineLimits ceilings = MachineLimits.measure(threads, Math.min(seconds, 2));
    print("machine: %s with %d threads", ceilings, threads);
    for (NetworkConfig model : networks(config.model())) {
      for (int batch : batches) {
        network(config, model, batch, ceilings);
      }
    }
    return Cli.OK;
  }

  /** The configured network in each of the widths that were asked for. */
  private List<NetworkConfig> networks(NetworkConfig model) {
    if (channels.isEmpty()) {
      return List.of(model);
    }
    return channels.stream().<NetworkConfig>map(unet("--channels", model)::withChannels).toList();
  }

  private static UNetConfig unet(String option, NetworkConfig model) {
    if (model instanceof UNetConfig unet) {
      return unet;
    }
    throw new UserException(
        "%s is for model.type=unet, it is %s", option, ConfigBinder.type(model));
  }

  private void network(DdpmConfig config, NetworkConfig model, int batch, MachineLimits ceilings) {
    try (EngineBench bench = bench(config, model, batch)) {
      print("");
      EngineFactory engine = config.engineFactory();
      print(
          "network of %s, batch %d, engine %s; training needs at least %.0f MiB off the heap",
          size(model),
          batch,
          engine.name(),
          engine.trainingBytes(model, config.optimizer().imagesAtOnce(batch)) / MEBI);
      if (peer == null) {
        boolean floor = only.contains(Part.FLOOR) && config.engine() instanceof Nd4jConfig;
        alone(bench, ceilings, floor);
      } else {
        inTurn(bench, new Peer(command(model, batch)));
      }
    }
  }

  private static String size(NetworkConfig model) {
    return model instanceof UNetConfig unet
        ? String.format(Locale.ROOT, "%d channels at %d px", unet.channels(), unet.imageSize())
        : String.format(Locale.ROOT, "%,d parameters", model.spec().parameterCount());
  }

  private String command(NetworkConfig model, int batch) {
    String command = peer.replace("{batch}", "" + batch);
    return command.contains(CHANNELS)
        ? command.replace(CHANNELS, "" + unet("--peer with " + CHANNELS, model).channels())
        : command;
  }

  private EngineBench bench(DdpmConfig config, NetworkConfig model, int batch) {
    return new EngineBench(
        config.engineFactory(),
        model,
        config.optimizer(),
        NoiseSchedule.of(config.schedule()),
        config.diffusion(),
        config.training().objective(),
        batch,
        threads,
        seconds,
        runs);
  }

  private void soak(DdpmConfig config, NetworkConfig model, int batch) {
    print("engine %s, memory after so many steps:", config.engineFactory().name());
    try (EngineBench bench = bench(config, model, batch)) {
      EngineBench.Soak held =
          bench.soak(
              soak,
              20,
              at ->
                  print(
                      "%8d %9.1f MiB resident, %d objects off the heap",
                      at.steps(), at.residentBytes() / MEBI, at.nativeObjects()));
      print(
          "the second half added %.1f MiB, %d objects",
          (held.end().residentBytes() - held.half().residentBytes()) / MEBI,
          held.end().nativeObjects() - held.half().nativeObjects());
    }
  }

  private void alone(EngineBench bench, MachineLimits ceilings, boolean floor) {
    if (only.contains(Part.TRAINING)) {
      Measurement training = bench.training();
      report(training, ceilings);
      print("    peak resident memory %s", ownPeak());
      if (floor) {
        floor(training, bench.convolutions(true));
      }
    }
    if (only.contains(Part.INFERENCE)) {
      Measurement inference = bench.inference();
      report(inference, ceilings);
      print("    peak resident memory %s", ownPeak());
      if (floor) {
        floor(inference, bench.convolutions(false));
      }
    }
    if (only.contains(Part.SAMPLING)) {
      sampling(bench.ancestralStep(), 1000, ceilings);
      sampling(bench.ddimStep(), 50, ceilings);
      solvers(bench);
    }
    if (only.contains(Part.PREPARATION)) {
      report(bench.batchPreparation(), ceilings);
    }
  }

  private void report(Measurement m, MachineLimits ceilings) {
    print(
        "%-18s best %8.1f ms, median %8.1f ms over %d runs; %.2f images/s",
        m.name(), 1e3 * m.bestSeconds(), 1e3 * m.medianSeconds(), m.runs(), m.imagesPerSecond());
    if (m.flops() > 0) {
      print(
          "    %.1f GFLOP, %.0f GFLOP/s, %.0f %% of the machine's matrix product",
          m.flops() / 1e9, m.gigaflops(), 100 * m.gigaflops() / ceilings.gigaflops());
    }
    print(
        "    allocated per run: %d bytes on the heap; native memory grew by %d bytes",
        m.javaBytes(), m.nativeBytes());
    if (!m.shares().isEmpty()) {
      print("    %s", shares(m.shares()));
    }
  }

  private void sampling(Measurement step, int steps, MachineLimits ceilings) {
    report(step, ceilings);
    print("    %d steps: %.4f images/s", steps, step.imagesPerSecond() / steps);
  }

  private void solvers(EngineBench bench) {
    print("solvers in few steps, part of their time outside the network:");
    for (String name : ConfigBinder.types(Solver.class)) {
      ConfigLayer chosen = ConfigLayer.assignments("bench", List.of("solver=" + name));
      Solver solver = ConfigBinder.bind(SampleConfig.DEFAULTS, chosen).solver();
      if (!solver.isOfTokens()) {
        SolverCost cost = bench.cost(name, solver);
        print(
            "    %-20s %8.1f ms an evaluation, %.2f %% outside",
            name, 1e3 * cost.seconds() / cost.evaluations(), 100 * cost.outside());
      }
    }
  }

  private static String shares(Map<String, Double> shares) {
    return shares.entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "%s %.1f %%", e.getKey(), 100 * e.getValue()))
        .collect(Collectors.joining(", "));
  }

  private void floor(Measurement of, Measurement convolutions) {
    print(
        "    convolutions alone: %.1f ms, %.2f images/s; reached %.0f %% of that floor",
        1e3 * convolutions.bestSeconds(),
        convolutions.imagesPerSecond(),
        100 * convolutions.bestSeconds() / of.bestSeconds());
  }

  private void inTurn(EngineBench bench, Peer other) {
    if (only.equals(EnumSet.of(Part.SAMPLING))) {
      samplingInTurn(bench, other);
      return;
    }
    Ratios training = new Ratios();
    Ratios inference = new Ratios();
    for (int i = 1; i <= alternations; i++) {
      double trained = bench.training().imagesPerSecond();
      double inferred = bench.inference().imagesPerSecond();
      Peer.Output output = other.run();
      double theirTraining = output.largest(peerTraining);
      double theirInference = output.largest(peerInference);
      print(
          "%d: training %.2f against %.2f images/s: %.2f; inference %.2f against %.2f: %.2f;"
              + " peak memory %s against %.0f MiB",
          i,
          trained,
          theirTraining,
          training.add(trained, theirTraining),
          inferred,
          theirInference,
          inference.add(inferred, theirInference),
          ownPeak(),
          output.peakBytes() / MEBI);
    }
    print("median ratio: training %.2f, inference %.2f", training.median(), inference.median());
  }

  private void samplingInTurn(EngineBench bench, Peer other) {
    Ratios ratios = new Ratios();
    for (int i = 1; i <= alternations; i++) {
      double ours = bench.ddimStep().imagesPerSecond();
      double theirs = other.run().largest(peerSampling);
      print(
          "%d: DDIM %.2f against %.2f images/s a step: %.2f",
          i, ours, theirs, ratios.add(ours, theirs));
    }
    print("median ratio: sampling %.2f", ratios.median());
  }

  private static String ownPeak() {
    return Peer.ownPeakBytes()
        .map(b -> String.format(Locale.ROOT, "%.0f MiB", b / MEBI))
        .orElse("unknown");
  }

  private void print(String format, Object... args) {
    ddpm.terminal().print(format, args);
  }
}
