package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.executor.EnginePool;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;

/**
 * How the vectors of a round reach its workers and come back averaged. The two ways give the same
 * bits.
 */
public abstract class RoundExchange implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Moments moments;
  private final Payload payload;

  RoundExchange(RoundStart start) {
    this.moments = start.moments();
    this.payload = start.payload();
  }

  /** What travels. */
  final Payload payload() {
    return payload;
  }

  /** Whether each worker leaves its moments where it ran, for itself. */
  final boolean keepsMoments() {
    return moments == Moments.LOCAL;
  }

  /** How many vectors of its model a worker hands to the averaging. */
  final int averagedVectors() {
    return moments.averagedVectors();
  }

  /** In a task: each worker's own moments; empty where all workers start from the same. */
  abstract Optional<WorkerMoments> own();

  /**
   * The moments that the workers have kept to themselves, on the driver, once the round is
   * complete; empty where they keep none.
   */
  public abstract Optional<WorkerMoments> kept();

  /** The vectors that the round starts from, in a task; only to be read. */
  public abstract float[][] start();

  /**
   * Takes the state of a worker's model, in its task.
   *
   * @param examples behind it
   */
  public abstract void sendState(int worker, long examples, EnginePool.Engine engine);

  /**
   * Takes a worker's gradient, {@link EnginePool.Engine#gradient}, in its task.
   *
   * @param examples behind it
   */
  public abstract void sendGradient(int worker, long examples, EnginePool.Engine engine);

  /**
   * Runs the workers, and has what they leave averaged where that is not the driver's work; on the
   * driver. It may be run again: what is there still is not computed again.
   */
  public abstract RoundResult run(
      JavaRDD<Minibatch> data,
      Function2<Integer, Iterator<Minibatch>, Iterator<WorkerOutput>> task);

  /**
   * Brings the averages of a complete round to the driver. Another thread may do so while the next
   * round's workers work.
   *
   * @param result the averaged vectors as of the round's start; receives the averages, in its
   *     arrays or in others that take their place
   * @return false if some of the averages are gone: then {@code result} is as it was
   */
  public abstract boolean take(BlockedVectors result);

  /** What the parts of the round have taken so far. */
  public abstract RoundTimer.Seconds seconds();

  /** Frees what the round has used; on the driver. */
  public abstract void close();

  /** All workers' statistics as those of the steps. */
  static List<StepStatistics> merge(Iterable<WorkerOutput> workers) {
    SortedMap<Long, List<StepStatistics>> byStep = new TreeMap<>();
    for (WorkerOutput worker : workers) {
      for (StepStatistics step : worker.statistics()) {
        byStep.computeIfAbsent(step.step(), s -> new ArrayList<>()).add(step);
      }
    }
    List<StepStatistics> steps = new ArrayList<>();
    byStep.values().forEach(parts -> steps.add(StepStatistics.merge(parts)));
    return steps;
  }

  static boolean areFinite(List<StepStatistics> steps) {
    return steps.stream().allMatch(StepStatistics::isFinite);
  }

  /**
   * What a worker starts from, in its task; only to be read.
   *
   * @param engine may lend its {@link EnginePool.Engine#state} for it
   * @throws LostBlocksException if what the round before has averaged is gone
   * @throws io.sparkddpm.engine.LostMomentsException if the worker's own moments are
   */
  public TrainingState startState(int worker, long step, EnginePool.Engine engine) {
    Optional<WorkerMoments> own = own();
    if (own.isPresent()) {
      TrainingState room = engine.state();
      own.get().read(worker, room.firstMoment(), room.secondMoment());
      return new TrainingState(start()[0], room.firstMoment(), room.secondMoment(), step);
    }
    float[][] v = start();
    return moments == Moments.RESET
        ? TrainingState.withoutMoments(v[0], step)
        : new TrainingState(v[0], v[1], v[2], step);
  }
}
