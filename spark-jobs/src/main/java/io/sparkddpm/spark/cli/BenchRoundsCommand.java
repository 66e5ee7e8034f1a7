package io.sparkddpm.spark.cli;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.bench.RoundBench;
import io.sparkddpm.spark.lab.cluster.LoopbackTcp;
import io.sparkddpm.spark.lab.plan.RoundCosts;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench-rounds}: what a round costs beside its steps, on a cluster of processes here. */
@Command(
    name = "bench-rounds",
    description = {
      "Benchmarks training rounds with empty steps on a cluster of local processes.",
      "They average what training.averaging says, parameters after --frequency steps. Prints"
          + " seconds and bytes, and the time that sending as many bytes over loopback TCP takes."
    },
    mixinStandardHelpOptions = true)
final class BenchRoundsCommand implements Callable<Integer> {
  private static final String FORMAT = "%12s %9s %8s %7s %7s %6s %11s %8s %8s %9s %10s %7s %9s";
  private static final double GB = 1e9;

  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigOptions configuration;

  @Option(
      names = "--executors",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,4",
      description = "Executors; default ${DEFAULT-VALUE}.")
  private List<Integer> executors;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Logical workers; without it one on each executor.")
  private Integer workers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds measured; default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "" + RoundCosts.WARM_UP,
      description =
          "Rounds before those measured, for fresh JVMs get faster for a minute or two; default"
              + " ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--step-seconds",
      paramLabel = "S",
      defaultValue = "0",
      description = "Time that each step takes on every executor; default ${DEFAULT-VALUE}.")
  private double stepSeconds;

  @Option(
      names = "--frequency",
      paramLabel = "T",
      defaultValue = "1",
      description = "Steps in a round, where parameters are averaged; default ${DEFAULT-VALUE}.")
  private int frequency;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description =
          "Local directory for logs and scratch files; best in memory, such as /dev/shm/bench.")
  private Path dir;

  @Option(
      names = "--spark-conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark's; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Override
  public Integer call() {
    DdpmConfig config = configuration.resolve("bench-rounds");
    if (frequency < 1 || !(stepSeconds >= 0)) {
      throw new UserException("--frequency must be at least 1 and --step-seconds not negative");
    }
    if (warmUp < 1) {
      throw new UserException("--warm-up must be at least 1: the first round broadcasts");
    }
    if (workers != null && workers < 1) {
      throw new UserException("--workers must be at least 1");
    }
    if (rounds < 1 || executors.stream().anyMatch(n -> n < 1)) {
      throw new UserException("--rounds and --executors must be at least 1");
    }
    AveragingConfig averaging = averaging(config.training().averaging());
    print(
        String.format(
            Locale.ROOT,
            FORMAT,
            "parameters",
            "executors",
            "round s",
            "out s",
            "mean s",
            "back s",
            "broadcast s",
            "steps/s",
            "GB moved",
            "driver in",
            "driver out",
            "TCP s",
            "round/TCP"));
    RoundCosts costs = new RoundCosts(dir, settings);
    for (int n : executors) {
      int all = workers == null ? n : workers;
      RoundCosts.Load load = new RoundCosts.Load(all, warmUp, rounds, averaging, stepSeconds);
      report(costs.measure(config.runSettings(), n, load), n);
    }
    return Cli.OK;
  }

  /** The configured one, with the option's steps in a round. */
  private AveragingConfig averaging(AveragingConfig configured) {
    if (configured instanceof AveragingConfig.Gradients) {
      if (frequency > 1) {
        throw new UserException(
            "--frequency is for parameters: with training.averaging.type=gradients a round is one"
                + " step");
      }
      return configured;
    }
    if (configured instanceof AveragingConfig.Parameters parameters
        && parameters.outerOptimizer().isEmpty()) {
      return new AveragingConfig.Parameters(
          new AveragingPeriod.Constant(frequency),
          parameters.outer(),
          parameters.moments(),
          parameters.exchange());
    }
    throw new UserException(
        "bench-rounds measures plain means: leave out training.averaging.type=stock and"
            + " training.averaging.outer");
  }

  private void report(RoundBench.Result r, int n) {
    double tcp = LoopbackTcp.medianSeconds(r.movedBytes());
    print(
        String.format(
            Locale.ROOT,
            FORMAT,
            String.format(Locale.ROOT, "%,d", r.parameters()),
            n,
            number(r.seconds()),
            number(r.working()),
            number(r.averaging()),
            number(r.taking()),
            number(r.broadcastSeconds()),
            number(r.workers() * frequency / r.seconds()),
            number(r.movedBytes() / GB),
            number(r.driverIn() / GB),
            number(r.driverOut() / GB),
            number(tcp),
            number(r.seconds() / tcp)));
    ddpm.terminal().err().println("rounds took " + r.perRound() + " s");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private void print(String line) {
    ddpm.terminal().out().println(line);
  }
}
