package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.session.Broadcasts;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockManagerId;

/**
 * A run's place on the executors: what it keeps there is its own, whatever other runs the
 * application has at the same time, and goes when it is closed.
 */
public final class ClusterRun implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;
  private static final AtomicLong NEXT = new AtomicLong();

  private final long id = NEXT.getAndIncrement();
  private final Broadcast<ModelStateCache> starts;
  private final Broadcast<FollowedState> followed;

  /** The first round whose blocks executors may still have. */
  private transient long remembered;

  /** On the driver. */
  public ClusterRun(JavaSparkContext spark) {
    this.starts = spark.broadcast(new ModelStateCache());
    this.followed = spark.broadcast(new FollowedState());
  }

  /**
   * One of its rounds.
   *
   * @param number ascending from 0, without gaps
   */
  RoundKey round(long number) {
    return new RoundKey(id, number);
  }

  /** In a task: where this process keeps what the run's workers start from. */
  ModelStateCache starts() {
    return starts.value();
  }

  /** In a task: the same, where changes travel. */
  FollowedState followed() {
    return followed.value();
  }

  /** How the two moments of a worker are cut into blocks. */
  static BlockGrid momentsGrid(int workers, int length) {
    return BlockGrid.forWorkers(workers, StateVector.MOMENTS.size(), length);
  }

  /**
   * On the driver: keeps workers' moments in blocks of this process, on disk, for the workers to
   * fetch. Holds one worker's at a time.
   *
   * @param number of the round before the one that they are for
   * @param from where the moments are
   * @param training which workers have examples
   * @param length of each vector
   */
  public WorkerMoments keep(long number, WorkerMoments from, TrainingConfig training, int length) {
    BlockGrid grid = momentsGrid(training.workers(), length);
    BlockedVectors room = new BlockedVectors(new float[length], new float[length]);
    Map<Integer, BlockManagerId> at = new HashMap<>();
    for (int worker : training.workersWithExamples()) {
      from.read(worker, room.arrays()[0], room.arrays()[1]);
      for (int b = 0; b < grid.blocks(); b++) {
        BlockStore.here().keepOnDisk(round(number), BlockStore.Kind.MOMENTS, worker, b, room, grid);
      }
      at.put(worker, SparkEnv.get().blockManager().blockManagerId());
    }
    return new BlockMoments(round(number), grid, at);
  }

  /** On the driver: lets executors forget the blocks of all rounds up to one. Thread-safe. */
  synchronized void forget(long last) {
    for (; remembered <= last; remembered++) {
      long blocks = round(remembered).removalId();
      Broadcasts.bestEffort(
          "free the blocks of a round",
          () -> SparkEnv.get().blockManager().master().removeBroadcast(blocks, true, false));
    }
  }

  @Override
  public void close() {
    Broadcasts.destroy(starts);
    Broadcasts.destroy(followed);
  }
}
