package io.sparkddpm.spark.cli;

import io.sparkddpm.bench.EngineBench;
import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.spark.lab.plan.RoundCosts;
import io.sparkddpm.spark.lab.plan.ScalingModel;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code plan}: how a configuration would scale, and which averaging frequency to take. */
@Command(
    name = "plan",
    description = {
      "Predicts the images/s that a configuration trains on 1 to 512 executors.",
      "Predictions are by network and averaging frequency, and one frequency is recommended. What a"
          + " round costs is measured on a small cluster of local processes; docs/scaling.md says"
          + " what the model leaves out."
    },
    mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
  private static final int[] GIGABITS = {1, 10, 25, 100};
  private static final int[] FREQUENCIES = {1, 8, 32};
  private static final int LARGEST = 512;
  private static final double BYTES_PER_GIGABIT = 1.25e8;
  private static final double MEASURE_SECONDS = 5;
  private static final double NANOS = 1e9;

  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigOptions configuration;

  @Option(
      names = "--images-per-second",
      paramLabel = "R",
      description =
          "What one executor trains by itself; measured on this machine in some seconds, with"
              + " OMP_NUM_THREADS threads, unless given.")
  private Double speed;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description =
          "Local directory for logs and scratch files; best in memory, such as /dev/shm/plan.")
  private Path dir;

  @Option(
      names = "--gbit",
      paramLabel = "G",
      defaultValue = "10",
      description = "Network for which a frequency is recommended; default ${DEFAULT-VALUE}.")
  private double gigabit;

  @Override
  public Integer call() {
    DdpmConfig config = configuration.resolve("plan");
    if (!(gigabit > 0) || (speed != null && !(speed > 0))) {
      throw new UserException("--gbit and --images-per-second must be positive");
    }
    PrintStream out = ddpm.terminal().out();
    TrainingConfig training = config.training();
    int share = Math.max(1, training.batchSize() / training.workers());
    double imagesPerSecond = speed != null ? speed : measured(config, share, out);
    ScalingModel model =
        new ScalingModel(
            NetworkFacts.of(config.model()).parameters(),
            mode(training.averaging()),
            training.averaging().exchangedVectors(mode(training.averaging())),
            training.averaging().exchangedAs(mode(training.averaging())),
            training.averaging().keptVectors(mode(training.averaging())),
            share,
            imagesPerSecond,
            constants(config, out));
    print(
        out,
        "%,d parameters, %s averaged, %d images a worker and step, %.3g images/s an executor",
        model.parameters(),
        name(model.averaging()),
        share,
        imagesPerSecond);
    for (int frequency : FREQUENCIES) {
      if (frequency == 1 || model.averaging() == AveragingMode.PARAMETERS) {
        table(out, model, frequency);
      }
    }
    recommend(out, model, training);
    return Cli.OK;
  }

  private ScalingModel.Constants constants(DdpmConfig config, PrintStream out) {
    ddpm.terminal().err().println("measuring rounds on a cluster of processes in " + dir);
    ScalingModel.Constants found = new RoundCosts(dir, Map.of()).constants(config.runSettings());
    print(
        out,
        "measured here: %.3f s a round and %.4f s a task; a byte of state takes %.2f ns at a"
            + " worker, %.2f to average, %.2f at the driver, %.2f to broadcast",
        found.round(),
        found.task(),
        NANOS * found.startByte(),
        NANOS * found.averageByte(),
        NANOS * found.resultByte(),
        NANOS * found.broadcastByte());
    return found;
  }

  private static double measured(DdpmConfig config, int share, PrintStream out) {
    EngineBench.requireGaussian(config.diffusion());
    String set = System.getenv("OMP_NUM_THREADS");
    int threads = set == null ? 1 : Integer.parseInt(set);
    try (EngineBench bench =
        new EngineBench(
            config.engineFactory(),
            config.model(),
            config.optimizer(),
            NoiseSchedule.of(config.schedule()),
            config.diffusion(),
            config.training().objective(),
            share,
            threads,
            MEASURE_SECONDS,
            3)) {
      double found = bench.training().medianImagesPerSecond();
      print(out, "measured here with %d thread(s): %.3g images/s", threads, found);
      return found;
    }
  }

  /** What takes most of a round: parameters where a run averages gradients too. */
  private static AveragingMode mode(AveragingConfig averaging) {
    return averaging.modes().contains(AveragingMode.GRADIENTS) && averaging.modes().size() == 1
        ? AveragingMode.GRADIENTS
        : AveragingMode.PARAMETERS;
  }

  private static String name(AveragingMode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private static void table(PrintStream out, ScalingModel model, int frequency) {
    print(out, "");
    print(
        out,
        "images/s of all executors (part of their time that is computing), where they average every"
            + " %s",
        frequency == 1 ? "step" : frequency + " steps");
    StringBuilder head = new StringBuilder("executors");
    for (int g : GIGABITS) {
      head.append(String.format(Locale.ROOT, "%18s", g + " Gbit/s"));
    }
    print(out, "%s", head);
    for (int executors = 1; executors <= LARGEST; executors *= 2) {
      StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%9d", executors));
      for (int g : GIGABITS) {
        double bandwidth = g * BYTES_PER_GIGABIT;
        row.append(
            String.format(
                Locale.ROOT,
                "%,11.0f (%3.0f %%)",
                model.imagesPerSecond(executors, bandwidth, frequency),
                100 * model.efficiency(executors, bandwidth, frequency)));
      }
      print(out, "%s", row);
    }
  }

  private void recommend(PrintStream out, ScalingModel model, TrainingConfig training) {
    double bandwidth = gigabit * BYTES_PER_GIGABIT;
    OptionalInt frequency = model.recommendedFrequency(training.workers(), bandwidth);
    print(out, "");
    String where =
        String.format(
            Locale.ROOT, "for %d executors at %s Gbit/s", training.workers(), number(gigabit));
    if (frequency.isPresent()) {
      print(
          out,
          "%s: training.averaging%s, with which %.0f %% of the time is computing",
          where,
          model.averaging() == AveragingMode.GRADIENTS
              ? "=gradients"
              : ".period.steps=" + frequency.getAsInt() + outerStep(training, frequency.getAsInt()),
          100 * model.efficiency(training.workers(), bandwidth, frequency.getAsInt()));
    } else {
      print(
          out,
          "%s no frequency computes for %.0f %% of the time (1 step a round: %.0f %%): give each"
              + " worker more images, take fewer workers%s",
          where,
          100 * ScalingModel.EFFICIENCY,
          100 * model.efficiency(training.workers(), bandwidth, 1),
          model.averaging() == AveragingMode.GRADIENTS
              ? ", or training.averaging=parameters"
              : ", or a faster network");
    }
  }

  /** What keeps the quality of averaging rarely (docs/averaging.md), where it is not chosen. */
  private static String outerStep(TrainingConfig training, int frequency) {
    return frequency > 1
            && training.workers() > 1
            && training.averaging().outerOptimizer().isEmpty()
        ? " and training.averaging.outer=nesterov"
        : "";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static void print(PrintStream out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
