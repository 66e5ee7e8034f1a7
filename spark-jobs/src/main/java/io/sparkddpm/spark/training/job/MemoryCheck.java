package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.training.exchange.AverageTask;
import io.sparkddpm.spark.training.exchange.BlockGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/**
 * What a run needs of heap, native memory and Spark's limits, by the sizes of its vectors;
 * activations come on top, where the engine does not count them. All problems are reported
 * together.
 */
final class MemoryCheck {
  private static final long MIB = 1L << 20;

  /** Spark, the JVM's own and a dataset's shards while they are decoded. */
  private static final long BASE = 200 * MIB;

  private static final String MAX_BYTES = "-Dorg.bytedeco.javacpp.maxbytes=";

  private final long vector;
  private final long heldBytes;
  private final long modelBytes;
  private final long cacheBytes;
  private final TrainingConfig training;

  /**
   * @param parameters of the network that is trained
   * @param held parameters of the other networks of a task, which driver and executors hold too
   * @param modelBytes off the heap that a task's models need at least, all roles together
   * @param cacheBytes that a process keeps of the dataset
   */
  MemoryCheck(
      long parameters, long held, long modelBytes, long cacheBytes, TrainingConfig training) {
    this.vector = parameters * Float.BYTES;
    this.heldBytes = held * Float.BYTES;
    this.modelBytes = modelBytes;
    this.cacheBytes = cacheBytes;
    this.training = training;
  }

  /**
   * The needs of a run.
   *
   * @param models that a task holds at the same time; the denoiser is trained
   */
  static MemoryCheck of(
      Map<Role, EnginePool.Key> models, long cacheBytes, TrainingConfig training) {
    int share = (training.batchSize() + training.workers() - 1) / training.workers();
    int evaluated = share * training.objective().evaluations();
    long bytes = models.values().stream().mapToLong(model -> model.bytes(evaluated)).sum();
    long trained = models.get(Role.DENOISER).parameters();
    long all = models.values().stream().mapToLong(EnginePool.Key::parameters).sum();
    return new MemoryCheck(trained, all - trained, bytes, cacheBytes, training);
  }

  /** Parameters and two moments. */
  private long state() {
    return 3 * vector;
  }

  /** What the workers of a round hand to the averaging, and start from. */
  private long exchanged(AveragingMode mode) {
    return training.averaging().exchangedVectors(mode) * vector;
  }

  /** What each worker keeps to itself between rounds. */
  private long kept(AveragingMode mode) {
    return training.averaging().keptVectors(mode) * vector;
  }

  /**
   * In process a worker leaves all of its state, whatever of it is averaged, beside moments that it
   * keeps to itself.
   */
  private long left(AveragingMode mode) {
    return mode == AveragingMode.PARAMETERS ? kept(mode) + state() : exchanged(mode);
  }

  private boolean hasOuterStep() {
    return training.averaging().outerOptimizer().isPresent();
  }

  private boolean averages(AveragingMode mode) {
    return training.averaging().modes().contains(mode);
  }

  /** The most that any of the run's rounds needs. */
  private long most(ToLongFunction<AveragingMode> need) {
    return training.averaging().modes().stream().mapToLong(need).max().orElseThrow();
  }

  /** dl4j-spark's master takes all workers' states as task results; ours takes statistics alone. */
  long resultBytes() {
    long states = averages(AveragingMode.STOCK) ? training.workers() * state() : 0;
    return states + states / 8 + 16 * MIB;
  }

  /**
   * State, an outer optimiser's momentum, averages of weights, and a teacher's weights with the
   * broadcast of them; in process what all workers leave, and the mean beside the parameters where
   * an outer step needs both; on a cluster a broadcast and what comes in averaged, or one worker's
   * own moments on their way from a checkpoint.
   */
  long driverBytes(boolean inProcess) {
    long averages = training.ema().names().size() * vector;
    long outer = hasOuterStep() ? vector : 0;
    long round = inProcess ? training.workers() * most(this::left) + outer : 2 * state() + outer;
    return state() + outer + averages + 2 * heldBytes + BASE + round;
  }

  /**
   * What a round starts from, as Spark broadcasts it and as values, and where changes travel as the
   * process's own copy that follows them; for each task what comes out, and the blocks that it
   * averages; an outer optimiser's momentum, and the mean beside what it makes of it (where changes
   * travel the momentum in each place that has the parameters); moments that a worker keeps to
   * itself, as values beside its parameters and as blocks, before the round and after it; a
   * teacher's weights, as broadcast and as values; and the decoded shards that it keeps. What other
   * workers than those at work keep to themselves goes to disk where there is no room.
   */
  long executorBytes(int tasks) {
    return most(mode -> roundBytes(tasks, mode)) + 2 * heldBytes + cacheBytes + BASE;
  }

  private long roundBytes(int tasks, AveragingMode mode) {
    int atWork = Math.min(tasks, training.workers());
    boolean follows = training.averaging().exchangedAs(mode) != ExchangeFormat.FLOAT32;
    long start = follows ? 3 : 2;
    long working = start * exchanged(mode) + atWork * (blocks(mode) + own(mode));
    if (mode == AveragingMode.STOCK) {
      return working;
    }
    boolean changed = mode == AveragingMode.PARAMETERS && hasOuterStep();
    boolean changedInTasks = changed && !follows;
    int length = Math.toIntExact(vector / Float.BYTES);
    int vectors = training.averaging().exchangedVectors(mode);
    BlockGrid grid = BlockGrid.forWorkers(training.workers(), vectors, length);
    long staged = Math.min(tasks, grid.blocks());
    return working
        + (changed ? start * vector : 0)
        + staged * AverageTask.stagingBytes(training.workers(), grid, changedInTasks);
  }

  /** What a worker leaves: as blocks for others to fetch, gradients also as values. */
  private long blocks(AveragingMode mode) {
    int bytes = training.averaging().exchangedAs(mode).bytes();
    long kept = exchanged(mode) * bytes / Float.BYTES;
    return mode == AveragingMode.PARAMETERS ? kept : kept + exchanged(mode);
  }

  /** What a worker holds where moments are its own. */
  private long own(AveragingMode mode) {
    return kept(mode) == 0 ? 0 : state() + 2 * kept(mode);
  }

  /** What the models of all tasks need off the heap. */
  long nativeBytes(int tasks) {
    return Math.min(tasks, training.workers()) * modelBytes;
  }

  /**
   * Checks that driver and executors have it.
   *
   * @param maxHeap of this JVM, the driver's
   * @throws UserException naming each setting and what to set it to
   */
  void check(SparkConf conf, boolean inProcess, long maxHeap) {
    List<String> problems = new ArrayList<>();
    boolean local = conf.get("spark.master").startsWith("local");
    long driver = driverBytes(inProcess) + (local ? cacheBytes : 0);
    if (maxHeap < driver) {
      problems.add(
          String.format(
              Locale.ROOT,
              "the driver needs a heap of %s MiB and has %s: set DDPM_HEAP=%sm, or"
                  + " spark.driver.memory where spark-submit starts it",
              mebibytes(driver),
              maxHeap / MIB,
              mebibytes(driver)));
    }
    long limit = JavaUtils.byteStringAsBytes(conf.get("spark.driver.maxResultSize", "1g"));
    if (limit != 0 && limit < resultBytes()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "a round returns %s MiB to the driver; set spark.driver.maxResultSize=%sm (it is"
                  + " %s)",
              resultBytes() / MIB,
              mebibytes(resultBytes()),
              conf.get("spark.driver.maxResultSize", "1g")));
    }
    if (!local) {
      executors(conf, TaskResources.networkTasksAtOnce(conf), problems);
    }
    if (!problems.isEmpty()) {
      throw new UserException("%s", String.join("; ", problems));
    }
  }

  private void executors(SparkConf conf, int tasks, List<String> problems) {
    long heap = JavaUtils.byteStringAsBytes(conf.get("spark.executor.memory", "1g"));
    long needed = executorBytes(tasks);
    if (heap < needed) {
      problems.add(
          String.format(
              Locale.ROOT,
              "an executor of %s tasks needs a heap of %s MiB: set spark.executor.memory=%sm (it"
                  + " is %s)",
              tasks,
              mebibytes(needed),
              mebibytes(needed),
              conf.get("spark.executor.memory", "1g")));
    }
    for (String option : conf.get("spark.executor.extraJavaOptions", "").split("\\s+", -1)) {
      if (option.startsWith(MAX_BYTES)) {
        long natives = JavaUtils.byteStringAsBytes(option.substring(MAX_BYTES.length()));
        if (natives < nativeBytes(tasks)) {
          problems.add(
              String.format(
                  Locale.ROOT,
                  "%s tasks need at least %s MiB of native memory, an executor has %s: raise"
                      + " spark.executor.memoryOverhead by at least %sm",
                  tasks,
                  mebibytes(nativeBytes(tasks)),
                  natives / MIB,
                  mebibytes(nativeBytes(tasks) - natives)));
        }
      }
    }
  }

  private static long mebibytes(long bytes) {
    return (bytes + MIB - 1) / MIB;
  }
}
