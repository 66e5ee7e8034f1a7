package io.sparkddpm.spark.training.exchange;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Workers' moments on the heap that driver and tasks share. Thread-safe between two rounds. */
public final class HeapMoments implements WorkerMoments {
  private final Map<Integer, Pair> byWorker = new ConcurrentHashMap<>();

  private record Pair(float[] first, float[] second) {}

  /** Takes over the moments of a state, which gets other arrays, with undefined content. */
  void takeFrom(int worker, TrainingState state) {
    Pair before = byWorker.put(worker, new Pair(state.firstMoment(), state.secondMoment()));
    int length = state.parameters().length;
    Pair spare = before == null ? new Pair(new float[length], new float[length]) : before;
    state.setVectors(state.parameters(), spare.first, spare.second);
  }

  @Override
  public void read(int worker, float[] first, float[] second) {
    Pair moments = byWorker.get(worker);
    checkState(moments != null, "worker %s has left no moments", worker);
    System.arraycopy(moments.first, 0, first, 0, first.length);
    System.arraycopy(moments.second, 0, second, 0, second.length);
  }
}
