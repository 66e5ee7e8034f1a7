package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.ChangeRounding;
import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.VectorPieces;
import io.sparkddpm.engine.WeightedMean;
import java.nio.FloatBuffer;
import java.util.function.Supplier;

/**
 * Changes of a round, start − end, rounded to bfloat16 by each worker; of their means, which are
 * rounded too, every process makes what comes next by itself, from what it started from.
 */
final class ChangePayload extends Payload {
  private static final long serialVersionUID = 1L;

  private final ChangeRounding rounding;

  ChangePayload(ChangeRounding rounding) {
    this.rounding = rounding;
  }

  private static StateVector vector(int number) {
    return StateVector.values()[number];
  }

  @Override
  BlockFormat format() {
    return BlockFormat.BFLOAT16;
  }

  @Override
  float[][] start(Start start, ClusterRun run) {
    return start.sent() == null ? run.followed().after(start) : run.followed().sent(start);
  }

  /** A worker's changes, computed as they are read. One thread at a time. */
  private final class Changes implements FlatVectors {
    private final float[] values = new float[BlockFormat.BFLOAT16.chunk()];
    private final int worker;
    private final float[][] start;
    private final FlatVectors end;

    Changes(int worker, float[][] start, FlatVectors end) {
      this.worker = worker;
      this.start = start;
      this.end = end;
    }

    @Override
    public int count() {
      return end.count();
    }

    @Override
    public int length() {
      return end.length();
    }

    @Override
    public BlockFormat format() {
      return BlockFormat.BFLOAT16;
    }

    private void compute(int number, int offset, int n) {
      end.read(number, offset, FloatBuffer.wrap(values, 0, n));
      rounding.ofWorker(worker, vector(number), offset, start[number], values, 0, n);
    }

    @Override
    public void read(int number, int offset, FloatBuffer to) {
      int n = to.remaining();
      compute(number, offset, n);
      to.put(values, 0, n);
    }

    @Override
    public void write(int number, int offset, int n, byte[] chunk) {
      compute(number, offset, n);
      format().put(values, 0, n, chunk);
    }
  }

  @Override
  FlatVectors ofWorker(int worker, Supplier<float[][]> start, FlatVectors end) {
    return new Changes(worker, start.get(), end);
  }

  @Override
  void ofWorker(int worker, float[][] start, float[][] end) {
    for (int v = 0; v < end.length; v++) {
      rounding.ofWorker(worker, vector(v), 0, start[v], end[v], 0, end[v].length);
    }
  }

  @Override
  OuterBlocks outer(Start start) {
    return null; // every process takes the outer step where it makes the mean
  }

  @Override
  boolean isAveragedByReaders(OuterOptimizer outer) {
    return false; // the mean is rounded, once for all
  }

  @Override
  void ofMean(StateVector vector, int offset, float[] means, int n) {
    rounding.ofMean(vector, offset, means, 0, n);
  }

  @Override
  BlockStore.Kind taken(OuterStep outer) {
    return BlockStore.Kind.AVERAGE;
  }

  @Override
  void arrived(float[][] start, float[][] taken) {
    for (int v = 0; v < taken.length; v++) {
      StateVector vector = vector(v);
      float[] from = start[v];
      float[] values = taken[v];
      VectorPieces.forEach(
          values.length, (at, n) -> ChangeRounding.apply(vector, from, at, values, at, n));
    }
  }

  @Override
  void average(
      WeightedMean mean,
      float[][] left,
      StateVector vector,
      float[] start,
      float[] to,
      int offset,
      int length) {
    float[] change = new float[length];
    mean.of(left, offset, change, 0, length);
    rounding.ofMean(vector, offset, change, 0, length);
    ChangeRounding.apply(vector, start, offset, change, 0, length);
    System.arraycopy(change, 0, to, offset, length);
  }
}
