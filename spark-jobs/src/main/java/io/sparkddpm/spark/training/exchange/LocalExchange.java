package io.sparkddpm.spark.training.exchange;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WeightedMean;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Kept;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;

/**
 * Within one JVM, where driver and tasks share their heap: nothing is copied but what the averaging
 * itself needs. A worker leaves the vectors that its engine stored into; once all have come, the
 * driver averages them block by block on all processors.
 */
public final class LocalExchange extends RoundExchange {
  private static final long serialVersionUID = 1L;

  /** Values averaged at a time. */
  private static final int BLOCK = 1 << 18;

  private static final AtomicLong NEXT = new AtomicLong();

  private final long key = NEXT.getAndIncrement();
  private final transient HeapMoments kept;

  /**
   * What a worker has left, in buffers of its engine's.
   *
   * @param state that the vectors are of; {@code null}: they are a gradient
   */
  private record Left(
      long examples, EnginePool.Buffers buffers, BlockedVectors vectors, TrainingState state) {}

  private record Meeting(RoundStart start, float[][] vectors, SortedMap<Integer, Left> left) {}

  /** Rounds that run in this process, where driver and tasks meet. */
  private static final class Meetings implements Kept {
    private final Map<Long, Meeting> byKey = new ConcurrentHashMap<>();

    static Map<Long, Meeting> here() {
      return ExecutorState.get(Meetings.class, Meetings::new).byKey;
    }

    /** A round that runs frees itself at its end. */
    @Override
    public void free() {}
  }

  /**
   * @param kept takes the moments that workers keep to themselves; may be what they start from
   */
  public LocalExchange(RoundStart start, HeapMoments kept) {
    super(start);
    this.kept = kept;
    Meetings.here()
        .put(
            key, new Meeting(start, start.vectors().get().arrays(), new ConcurrentSkipListMap<>()));
  }

  private Meeting meeting() {
    Meeting meeting = Meetings.here().get(key);
    checkState(meeting != null, "this round is over");
    return meeting;
  }

  @Override
  public float[][] start() {
    return meeting().vectors();
  }

  @Override
  Optional<WorkerMoments> own() {
    return meeting().start().own();
  }

  @Override
  public Optional<WorkerMoments> kept() {
    return keepsMoments() ? Optional.of(kept) : Optional.empty();
  }

  @Override
  public void sendState(int worker, long examples, EnginePool.Engine engine) {
    TrainingState state = engine.state();
    engine.model().store(state);
    BlockedVectors vectors = BlockedVectors.of(state);
    float[][] averaged = Arrays.copyOf(vectors.arrays(), averagedVectors());
    payload().ofWorker(worker, start(), averaged);
    leave(worker, new Left(examples, engine.detachBuffers(), vectors, state));
  }

  @Override
  public void sendGradient(int worker, long examples, EnginePool.Engine engine) {
    BlockedVectors gradient = new BlockedVectors(engine.gradient());
    leave(worker, new Left(examples, engine.detachBuffers(), gradient, null));
  }

  private void leave(int worker, Left left) {
    meeting().left().put(worker, left); // another attempt brings the same bits
  }

  @Override
  public RoundResult run(
      JavaRDD<Minibatch> data,
      Function2<Integer, Iterator<Minibatch>, Iterator<WorkerOutput>> task) {
    List<WorkerOutput> outputs = data.mapPartitionsWithIndex(task, false).collect();
    List<StepStatistics> steps = merge(outputs);
    boolean finite = areFinite(steps);
    int left = meeting().left().size();
    checkState(
        !finite || left == outputs.size(),
        "%s of %s workers have left their vectors",
        left,
        outputs.size());
    return new RoundResult(steps, Map.of(), WorkerOutput.arithmetic(outputs), finite, seconds());
  }

  @Override
  public boolean take(BlockedVectors result) {
    List<Left> workers = List.copyOf(meeting().left().values());
    BlockGrid grid = result.grid(BLOCK);
    IntStream.range(0, grid.blocks())
        .parallel()
        .forEach(
            b -> {
              int vector = grid.vector(b);
              average(workers, vector, grid.offset(b), grid.length(b), result.arrays()[vector]);
            });
    if (keepsMoments()) {
      meeting().left().forEach((worker, left) -> kept.takeFrom(worker, left.state()));
    }
    return true;
  }

  @Override
  public RoundTimer.Seconds seconds() {
    return RoundTimer.Seconds.NONE;
  }

  private void average(List<Left> workers, int vector, int offset, int length, float[] to) {
    float[][] left =
        workers.stream().map(w -> w.vectors().arrays()[vector]).toArray(float[][]::new);
    WeightedMean mean = new WeightedMean(workers.stream().mapToLong(Left::examples).toArray());
    StateVector number = StateVector.values()[vector];
    payload().average(mean, left, number, start()[vector], to, offset, length);
  }

  @Override
  public void close() {
    Meeting meeting = Meetings.here().remove(key);
    EnginePool pool = EnginePool.here();
    meeting.left().values().forEach(left -> pool.recycle(left.buffers()));
  }
}
