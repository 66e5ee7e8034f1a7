package io.sparkddpm.spark.lab.bench;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.AveragingConfig;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.RoundSpan;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import io.sparkddpm.spark.training.exchange.ClusterRun;
import io.sparkddpm.spark.training.exchange.Payload;
import io.sparkddpm.spark.training.exchange.RoundStart;
import io.sparkddpm.spark.training.exchange.RoundTimer;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.spark.training.round.Carriers;
import io.sparkddpm.spark.training.round.RoundPlan;
import io.sparkddpm.spark.training.round.Rounds;
import io.sparkddpm.spark.training.round.WorkerSetup;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/**
 * Measures rounds whose steps are empty: what is left is the way of the vectors out and back. One
 * image a worker.
 */
public final class RoundBench {
  private static final double NANOS = 1e9;
  private static final int BROADCASTS = 3;

  private RoundBench() {}

  /**
   * Medians over the rounds measured.
   *
   * @param parameters of the network
   * @param stateBytes of the vectors that are averaged, and of those that workers start from
   * @param takenBytes that the driver fetches
   * @param workers logical ones
   * @param seconds of a round
   * @param working seconds of bringing the state to the workers and keeping what comes out
   * @param averaging seconds of averaging on the executors
   * @param taking seconds of bringing the averages to the driver
   * @param broadcastSeconds of bringing the state to the executors by a broadcast of the driver, as
   *     in the first round and after an executor was lost
   * @param fetchedBytes that executors fetch from one another
   * @param broadcastBytes that the driver brings to all executors together, where it takes the step
   * @param driverIn bytes that the driver's process reads in a round, whatever for
   * @param driverOut bytes that it writes
   * @param perRound seconds of each round measured
   */
  public record Result(
      long parameters,
      long stateBytes,
      long takenBytes,
      int workers,
      double seconds,
      double working,
      double averaging,
      double taking,
      double broadcastSeconds,
      long fetchedBytes,
      long broadcastBytes,
      long driverIn,
      long driverOut,
      List<Double> perRound) {
    /**
     * Bytes that go from one process to another in a round: between executors, to the driver, and
     * from it.
     */
    public long movedBytes() {
      return fetchedBytes + broadcastBytes + takenBytes;
    }
  }

  /** Black images, however many are asked for. */
  private record BlackImages(Shape shape) implements BatchSource {
    private static final long serialVersionUID = 1L;

    @Override
    public Examples read(long position, int count) {
      return Examples.images(
          new Batch(count, shape),
          IntStream.range(0, count).asLongStream().map(i -> position + i).toArray());
    }
  }

  /** What tasks fetch from other executors. */
  private static final class Traffic extends SparkListener {
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      TaskMetrics task = end.taskMetrics();
      if (task != null) {
        bytes.addAndGet(task.shuffleReadMetrics().remoteBytesRead());
      }
    }
  }

  /**
   * Runs rounds on a cluster.
   *
   * @param session whose executors are there already, or come while the first rounds run
   * @param workers of one image a step each
   * @param warmUp rounds before, which are not measured
   * @param rounds measured
   * @param averaging of the workers; plain means
   * @param stepSeconds that every step takes; 0: none
   */
  public static Result measure(
      SparkSession session,
      RunSettings settings,
      int workers,
      int warmUp,
      int rounds,
      AveragingConfig averaging,
      double stepSeconds) {
    NetworkConfig network = settings.model();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    int parameters = Math.toIntExact(network.spec().parameterCount());
    TrainingState state = TrainingState.initial(network.spec().initialParameters(settings.seed()));
    WorkerSetup setup =
        new WorkerSetup(
            settings.schedule(),
            settings.diffusion(),
            training(settings.training(), workers, averaging),
            settings.seed(),
            new EnginePool.Key(
                new EmptyStep.Factory(stepSeconds), network, settings.optimizer(), 1),
            new BlackImages(network.inputShape()),
            null);
    Clock clock = new UniformClock(settings.schedule().steps());
    List<Double> seconds = new ArrayList<>();
    List<RoundTimer.Seconds> parts = new ArrayList<>();
    Traffic traffic = new Traffic();
    long[] before = new long[2];
    long[] after = new long[2];
    long step = 0;
    try (Rounds all =
        new Rounds(spark, setup, false, Carriers.find(), Optional.empty(), Optional.empty())) {
      for (int i = 0; i < warmUp + rounds; i++) {
        if (i == warmUp) {
          session.sparkContext().addSparkListener(traffic);
          before = driverBytes();
        }
        long began = System.nanoTime();
        RoundSpan span = averaging.round(step);
        all.run(state, RoundPlan.of(span, step, clock));
        step = span.end();
        boolean counts = i >= warmUp;
        all.take(round -> parts.addAll(counts ? List.of(round.seconds()) : List.of()));
        if (counts) {
          seconds.add((System.nanoTime() - began) / NANOS);
        }
      }
      all.settle();
      after = driverBytes();
    }
    awaitListeners(session);
    session.sparkContext().removeSparkListener(traffic);
    AveragingMode mode = averaging.round(0).averages();
    int vectors = averaging.exchangedVectors(mode);
    long vectorBytes = (long) Float.BYTES * parameters;
    int executors = session.sparkContext().getExecutorMemoryStatus().size() - 1;
    return new Result(
        parameters,
        vectors * vectorBytes,
        vectors * (long) averaging.exchangedAs(mode).bytes() * parameters,
        workers,
        median(seconds),
        median(parts.stream().map(RoundTimer.Seconds::working).toList()),
        median(parts.stream().map(RoundTimer.Seconds::averaging).toList()),
        median(parts.stream().map(RoundTimer.Seconds::taking).toList()),
        broadcast(spark, started(state, vectors), workers, BROADCASTS),
        traffic.bytes.get() / rounds,
        mode == AveragingMode.GRADIENTS ? executors * vectorBytes : 0,
        (after[0] - before[0]) / rounds,
        (after[1] - before[1]) / rounds,
        seconds);
  }

  private static void awaitListeners(SparkSession session) {
    try {
      session.sparkContext().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new IllegalStateException("Spark does not report how its tasks ended", e);
    }
  }

  /** What this process has read and written so far, sockets and files alike; Linux knows. */
  private static long[] driverBytes() {
    try {
      List<String> lines = Files.readAllLines(Path.of("/proc/self/io"));
      return new long[] {count(lines.get(0), "rchar: "), count(lines.get(1), "wchar: ")};
    } catch (IOException e) {
      throw new UserException(e, "rounds are measured on Linux alone: %s", e.getMessage());
    }
  }

  private static long count(String line, String name) {
    checkState(line.startsWith(name), "%s instead of %s", line, name);
    return Long.parseLong(line.substring(name.length()));
  }

  /** What workers start from. */
  private static BlockedVectors started(TrainingState state, int vectors) {
    return vectors == 1 ? new BlockedVectors(state.parameters()) : BlockedVectors.of(state);
  }

  private static TrainingConfig training(TrainingConfig t, int workers, AveragingConfig averaging) {
    return new TrainingConfig(
        workers,
        0,
        workers,
        averaging,
        t.ema(),
        false,
        t.checkpointEvery(),
        t.keepCheckpoints(),
        t.sampleEvery(),
        t.sampleCount(),
        t.metricsEvery(),
        t.weighting(),
        t.clock(),
        t.objective());
  }

  private static double broadcast(
      JavaSparkContext spark, BlockedVectors start, int workers, int times) {
    try (ClusterRun run = new ClusterRun(spark)) {
      return broadcast(spark, run, start, workers, times);
    }
  }

  private static double broadcast(
      JavaSparkContext spark, ClusterRun run, BlockedVectors start, int workers, int times) {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      long began = System.nanoTime();
      RoundStart from =
          new RoundStart(() -> start, Moments.AVERAGED, Optional.empty(), Payload.vectors());
      ClusterExchange exchange =
          new ClusterExchange(spark, run, i, from, null, start, workers, null, () -> {});
      long touched =
          spark
              .parallelize(IntStream.range(0, workers).boxed().toList(), workers)
              .map(w -> touch(exchange))
              .reduce(Long::sum);
      exchange.close();
      checkState(
          touched == (long) workers * start.arrays()[0].length, "%s values arrived", touched);
      seconds.add((System.nanoTime() - began) / NANOS);
    }
    return median(seconds);
  }

  /** Engines that wait would keep the vectors of the round before. */
  private static long touch(ClusterExchange exchange) {
    ExecutorState.free();
    return exchange.start()[0].length;
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[half]
        : Arrays.stream(sorted, half - 1, half + 1).average().orElseThrow();
  }
}
