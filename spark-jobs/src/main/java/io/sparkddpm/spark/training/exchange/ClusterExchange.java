package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.session.Broadcasts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockManagerId;

/**
 * Over the network. Workers keep their vectors where they ran; each executor fetches its share of
 * the blocks from all of them, averages it and keeps that; the driver fetches the averages once,
 * and the next round's workers fetch them from one another. So an executor sends and receives twice
 * the vectors in a round, whatever their number, and the driver receives them once and sends
 * nothing, but for the first round and after a loss, when it broadcasts. Of few bytes ({@link
 * #ONE_JOB}) each process reads what all workers have left and averages it by itself: a round is
 * one job then, not two.
 *
 * <p>What is lost with an executor is found missing when it is wanted, and computed again: by its
 * worker, or its averaging task, from the same vectors, to the same bits. A round frees what those
 * of its run before it have left.
 */
public final class ClusterExchange extends RoundExchange {
  private static final long serialVersionUID = 1L;

  /** Work that may have to be repeated one after the other for one loss. */
  private static final int REPEATS = 3;

  /**
   * A setting of Spark's: the bytes of all workers' vectors together up to which no job averages
   * them.
   */
  public static final String ONE_JOB = "spark.ddpm.round.one-job-bytes";

  /** At 1 Gbit/s they take as long as a job does. */
  private static final String ONE_JOB_BYTES = "4m";

  private final ClusterRun run;
  private final RoundKey round;
  private final int workers;
  private final BlockMoments own;
  private final OuterOptimizer optimizer;
  private final boolean readersAverage;
  private final transient JavaSparkContext spark;
  private final transient Supplier<BlockedVectors> from;
  private final transient BlockedVectors room;
  private final transient OuterStep outer;
  private final transient Runnable beforeAveraging;

  /** Workers that have yet to work; {@code null}: all. */
  private transient SortedSet<Integer> open;

  private final transient SortedMap<Integer, WorkerOutput> done = new TreeMap<>();
  private final transient RoundTimer phases = new RoundTimer();
  private transient long attempts;
  private transient AverageBlocks averages;
  private transient BlockMoments kept;
  private Averages held;
  private Broadcast<VectorBlock[]> sent;

  /**
   * @param number of the round in its run
   * @param start moments of workers' own in blocks, as {@link #kept} or {@link ClusterRun#keep}
   *     returned them
   * @param held the vectors to start from as executors have them; {@code null}: they do not
   * @param room for the averages while they come in, of the result's shape; gets the result's
   *     arrays instead
   * @param workers logical ones
   * @param outer changes the mean of the parameters on executors; what the driver gets is the mean
   *     itself, and its momentum stays as it is; {@code null}: nothing does
   * @param beforeAveraging called once the workers have worked: waits until nothing else needs what
   *     the round before has left, but for what the next one starts from
   */
  public ClusterExchange(
      JavaSparkContext spark,
      ClusterRun run,
      long number,
      RoundStart start,
      Averages held,
      BlockedVectors room,
      int workers,
      OuterStep outer,
      Runnable beforeAveraging) {
    super(start);
    this.run = run;
    this.round = run.round(number);
    this.spark = spark;
    this.from = start.vectors();
    this.own = (BlockMoments) start.own().orElse(null);
    this.room = room;
    this.workers = workers;
    this.outer = outer;
    this.beforeAveraging = beforeAveraging;
    this.optimizer = outer == null ? null : outer.optimizer();
    long bytes = (long) workers * room.count() * room.length() * Float.BYTES;
    this.readersAverage =
        payload().isAveragedByReaders(optimizer) && bytes <= oneJobBytes(spark.getConf());
    this.held = held;
    if (held == null) {
      broadcast();
    }
  }

  private static long oneJobBytes(SparkConf conf) {
    try {
      return conf.getSizeAsBytes(ONE_JOB, ONE_JOB_BYTES);
    } catch (NumberFormatException e) {
      throw new UserException(
          e, "%s=%s: a size such as %s is needed, or 0", ONE_JOB, conf.get(ONE_JOB), ONE_JOB_BYTES);
    }
  }

  private void broadcast() {
    if (sent == null) {
      List<float[]> arrays = new ArrayList<>(List.of(from.get().arrays()));
      if (outer != null) {
        arrays.add(outer.momentum());
      }
      sent =
          spark.broadcast(
              arrays.stream()
                  .map(array -> new VectorBlock(array, 0, array.length))
                  .toArray(VectorBlock[]::new));
    }
  }

  private Payload.Start begin() {
    return new Payload.Start(round, averagedVectors(), held, sent, optimizer);
  }

  @Override
  public float[][] start() {
    return payload().start(begin(), run);
  }

  @Override
  Optional<WorkerMoments> own() {
    return Optional.ofNullable(own);
  }

  @Override
  public Optional<WorkerMoments> kept() {
    return Optional.ofNullable(kept);
  }

  @Override
  public void sendState(int worker, long examples, EnginePool.Engine engine) {
    FlatVectors end = ModelState.first(engine.model(), averagedVectors());
    keep(BlockStore.Kind.WORKER, worker, payload().ofWorker(worker, this::start, end));
    if (keepsMoments()) {
      keep(BlockStore.Kind.MOMENTS, worker, ModelState.moments(engine.model()));
    }
  }

  @Override
  public void sendGradient(int worker, long examples, EnginePool.Engine engine) {
    keep(BlockStore.Kind.WORKER, worker, new BlockedVectors(engine.gradient()));
  }

  private void keep(BlockStore.Kind kind, int worker, FlatVectors vectors) {
    BlockStore store = BlockStore.here();
    store.removeOld(round, readersAverage ? averagesFrom() : round, averagesFrom());
    BlockGrid grid = vectors.gridFor(workers);
    for (int b = 0; b < grid.blocks(); b++) {
      store.keep(round, kind, worker, b, vectors, grid);
    }
  }

  private RoundKey averagesFrom() {
    return held == null ? round : held.round();
  }

  @Override
  public RoundResult run(
      JavaRDD<Minibatch> data,
      Function2<Integer, Iterator<Minibatch>, Iterator<WorkerOutput>> task) {
    if (open == null) {
      open = new TreeSet<>();
      IntStream.range(0, data.getNumPartitions()).forEach(open::add);
    }
    if (held == null) {
      broadcast(); // or again, where the averages were lost
    }
    int losses = spark.getConf().getInt("spark.stage.maxConsecutiveAttempts", 4);
    while (attempts++ < (long) REPEATS * losses) {
      if (!phases.work(() -> work(data, task))) {
        continue;
      }
      List<StepStatistics> steps = merge(done.values());
      if (!areFinite(steps)) {
        return result(steps, false);
      }
      beforeAveraging.run();
      if (phases.average(this::average)) {
        kept = keepsMoments() ? moments() : null;
        destroyBroadcast(); // or the next round's vectors would not find room beside it
        return result(steps, true);
      }
    }
    throw new UserException(
        "executors were lost again and again in one round: see their logs for why; losses beyond"
            + " spark.stage.maxConsecutiveAttempts=%s (settable) end it",
        losses);
  }

  private BlockMoments moments() {
    Map<Integer, BlockManagerId> at = new HashMap<>();
    done.values().forEach(o -> at.put(o.worker(), o.at()));
    return new BlockMoments(round, ClusterRun.momentsGrid(workers, room.length()), at);
  }

  /**
   * Where the averages of this round are on executors, once it has run: as of now, whatever is lost
   * later.
   */
  public Averages averages() {
    return readersAverage ? left() : averages.copy();
  }

  private WorkerBlocks left() {
    List<WorkerBlocks.Worker> from =
        done.values().stream()
            .map(o -> new WorkerBlocks.Worker(o.worker(), o.examples(), o.at()))
            .toList();
    return new WorkerBlocks(round, room.gridFor(workers), payload().format(), from);
  }

  /** Lets the open workers work; true if none is open afterwards. */
  private boolean work(
      JavaRDD<Minibatch> data,
      Function2<Integer, Iterator<Minibatch>, Iterator<WorkerOutput>> task) {
    if (open.isEmpty()) {
      return true;
    }
    int[] workers = open.stream().mapToInt(w -> w).toArray();
    List<WorkerOutput>[] outputs =
        data.mapPartitionsWithIndex(task, false).collectPartitions(workers);
    for (int i = 0; i < workers.length; i++) {
      if (outputs[i].stream().anyMatch(WorkerOutput::isWithoutMoments)) {
        throw new LostMomentsException(workers[i]);
      } else if (outputs[i].stream().anyMatch(WorkerOutput::isWithoutStart)) {
        broadcast(); // some executor that had a part of it is gone
      } else {
        open.remove(workers[i]);
        outputs[i].forEach(output -> done.put(output.worker(), output));
      }
    }
    return open.isEmpty();
  }

  /** Where the averages will be; none is yet. */
  private AverageBlocks unaveraged() {
    BlockGrid grid = room.gridFor(workers);
    long executors = done.values().stream().map(WorkerOutput::at).distinct().count();
    long tasks = Math.max(spark.defaultParallelism(), executors);
    BlockManagerId[] at = new BlockManagerId[(int) Math.min(tasks, grid.blocks())];
    return new AverageBlocks(round, grid, payload().format(), at);
  }

  /** Averages what is not averaged yet; opens the workers whose vectors are gone. */
  private boolean average() {
    if (readersAverage) {
      return true;
    }
    if (averages == null) {
      averages = unaveraged();
    }
    if (averages.open().isEmpty()) {
      return true;
    }
    WorkerBlocks left = left();
    List<BlockManagerId> places =
        left.workers().stream().map(WorkerBlocks.Worker::at).distinct().toList();
    AverageTask task =
        new AverageTask(
            left, averages.at().length, averagesFrom(), payload(), payload().outer(begin()));
    List<AverageTask.Output> outputs =
        PreferredPlaces.rdd(
                spark,
                averages.open(),
                t -> List.of(WorkerOutput.place(places.get(t % places.size()))))
            .map(task)
            .collect();
    for (AverageTask.Output output : outputs) {
      if (output.isWhole()) {
        averages.at()[output.task()] = output.at();
      } else if (output.isWithoutStart()) {
        broadcast(); // some executor that had a part of it is gone
      } else {
        lose(output.lostWorker());
      }
    }
    return averages.open().isEmpty();
  }

  /** Opens a worker whose vectors are gone, and all others that ran there. */
  private void lose(int worker) {
    if (done.containsKey(worker)) {
      BlockManagerId gone = done.get(worker).at();
      done.values().stream().filter(o -> o.at().equals(gone)).forEach(o -> open.add(o.worker()));
      open.forEach(done::remove);
    }
  }

  @Override
  public boolean take(BlockedVectors result) {
    return phases.take(() -> fetch(result));
  }

  /** Workers that must work again need what they started from until all is there. */
  private boolean fetch(BlockedVectors result) {
    try {
      averages().readInto(payload().taken(outer), room);
    } catch (LostBlocksException e) {
      if (readersAverage) {
        lose(e.owner());
      } else {
        averages.lose(e.owner());
      }
      return false;
    }
    payload().arrived(result.arrays(), room.arrays());
    result.swap(room);
    return true;
  }

  @Override
  public RoundTimer.Seconds seconds() {
    return phases.seconds();
  }

  private RoundResult result(List<StepStatistics> steps, boolean complete) {
    return new RoundResult(
        steps, places(), WorkerOutput.arithmetic(done.values()), complete, seconds());
  }

  private Map<Integer, String> places() {
    Map<Integer, String> places = new HashMap<>();
    done.values().forEach(o -> places.put(o.worker(), o.place()));
    return places;
  }

  /** Frees what executors keep of this round too; nothing is run after it. */
  public void forget() {
    run.forget(round.number());
  }

  /**
   * Executors that work in the next round free what is no longer needed themselves, others here.
   */
  @Override
  public void close() {
    run.forget(averagesFrom().number() - 1);
    destroyBroadcast();
  }

  private void destroyBroadcast() {
    if (sent != null) {
      Broadcasts.destroyNow(sent);
      sent = null;
    }
  }
}
