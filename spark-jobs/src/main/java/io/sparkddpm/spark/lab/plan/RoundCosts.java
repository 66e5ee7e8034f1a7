package io.sparkddpm.spark.lab.plan;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.AveragingPeriod;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.lab.bench.RoundBench;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Measures rounds with empty steps on a standalone cluster of processes on this machine. One thread
 * at a time.
 */
public final class RoundCosts {
  private static final long MIB = 1L << 20;
  private static final long BASE = 512 * MIB;
  private static final UNetConfig SMALL = new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0);
  private static final int MANY_WORKERS = 16;

  /** Rounds of a fresh cluster that are not measured, at least: its processes still compile. */
  public static final int WARM_UP = 12;

  private final Path dir;
  private final Map<String, String> sparkSettings;

  /**
   * @param dir local directory for logs and scratch files, best in memory
   * @param sparkSettings beside those that a round needs; they beat these
   */
  public RoundCosts(Path dir, Map<String, String> sparkSettings) {
    this.dir = dir;
    this.sparkSettings = Map.copyOf(sparkSettings);
  }

  /**
   * What is measured.
   *
   * @param workers logical ones
   * @param warmUp rounds before, which are not measured: the processes of a fresh cluster compile
   *     what a round needs
   * @param rounds measured
   * @param averaging of the workers; plain means
   * @param stepSeconds that every step takes; 0: none
   */
  public record Load(
      int workers, int warmUp, int rounds, AveragingConfig averaging, double stepSeconds) {
    /** Empty steps, parameters and moments averaged after each. */
    Load(int workers, int rounds, ExchangeFormat exchange) {
      this(workers, WARM_UP, rounds, averaging(exchange), 0);
    }

    private static AveragingConfig averaging(ExchangeFormat exchange) {
      return new AveragingConfig.Parameters(
          AveragingPeriod.Constant.DEFAULTS, new OuterOptimizer.Mean(), Moments.AVERAGED, exchange);
    }
  }

  /** Rounds of a network on a number of executors, each a process and a host of its own. */
  public RoundBench.Result measure(RunSettings settings, int executors, Load load) {
    long state = 12 * settings.model().spec().parameterCount();
    Path place = dir.resolve("executors-" + executors);
    try {
      Files.createDirectories(place);
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", place, e.getMessage());
    }
    try (LocalCluster cluster = LocalCluster.start(place, executors, 1, "1000g")) {
      Map<String, String> all = new LinkedHashMap<>(cluster.settings(executors));
      all.put("spark.executor.memory", (6 * state + BASE) / MIB + "m");
      all.put("spark.executor.extraJavaOptions", "-XX:+UseG1GC"); // as on clusters
      all.putAll(sparkSettings);
      SparkSession session = Sessions.open("ddpm rounds", all);
      try {
        return RoundBench.measure(
            session,
            settings,
            load.workers(),
            load.warmUp(),
            load.rounds(),
            load.averaging(),
            load.stepSeconds());
      } finally {
        session.stop(); // close() of Spark 4 declares IOException
      }
    }
  }

  /**
   * The constants of {@link ScalingModel}: fixed costs from a network so small that its bytes do
   * not count, those of a byte from the one given; all of rounds of two jobs.
   */
  public ScalingModel.Constants constants(RunSettings settings) {
    Map<String, String> all = new LinkedHashMap<>(sparkSettings);
    all.put(ClusterExchange.ONE_JOB, "0");
    return new RoundCosts(dir, all).measured(settings);
  }

  private ScalingModel.Constants measured(RunSettings settings) {
    RunSettings small = settings.withModel(SMALL);
    ExchangeFormat exchange = settings.training().averaging().exchangedAs(AveragingMode.PARAMETERS);
    double one = measure(small, 1, new Load(1, 9, exchange)).seconds();
    double many = measure(small, 1, new Load(MANY_WORKERS, 9, exchange)).seconds();
    double task = Math.max(0, (many - one) / (MANY_WORKERS - 1));
    RoundBench.Result large = measure(settings, 1, new Load(1, 3, exchange));
    double bytes = large.stateBytes();
    return new ScalingModel.Constants(
        one,
        task,
        positive(large.broadcastSeconds() - one / 2) / bytes,
        positive(large.working() - one / 2) / bytes,
        positive(large.averaging() - one / 2) / bytes,
        large.taking() / bytes);
  }

  /** Noise may make the difference of two measured times negative. */
  private static double positive(double seconds) {
    return Math.max(0, seconds);
  }
}
