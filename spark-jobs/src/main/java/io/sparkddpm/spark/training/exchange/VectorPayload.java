package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.OuterOptimizer;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.WeightedMean;
import java.util.function.Supplier;

/** Vectors as they are, in float32. */
final class VectorPayload extends Payload {
  private static final long serialVersionUID = 1L;

  @Override
  BlockFormat format() {
    return BlockFormat.FLOAT32;
  }

  @Override
  float[][] start(Start start, ClusterRun run) {
    if (start.sent() == null) {
      return run.starts().of(start.held());
    }
    run.starts().clear();
    return start.broadcast();
  }

  @Override
  FlatVectors ofWorker(int worker, Supplier<float[][]> start, FlatVectors end) {
    return end;
  }

  @Override
  void ofWorker(int worker, float[][] start, float[][] end) {}

  @Override
  OuterBlocks outer(Start start) {
    return start.outer() == null
        ? null
        : new OuterBlocks(start.outer(), start.blocks(), start.sent());
  }

  @Override
  boolean isAveragedByReaders(OuterOptimizer outer) {
    return outer == null;
  }

  @Override
  void ofMean(StateVector vector, int offset, float[] means, int n) {}

  @Override
  BlockStore.Kind taken(OuterStep outer) {
    return outer == null ? BlockStore.Kind.AVERAGE : BlockStore.Kind.MEAN;
  }

  @Override
  void arrived(float[][] start, float[][] taken) {}

  @Override
  void average(
      WeightedMean mean,
      float[][] left,
      StateVector vector,
      float[] start,
      float[] to,
      int offset,
      int length) {
    if (left.length == 1) {
      System.arraycopy(left[0], offset, to, offset, length);
    } else {
      mean.of(left, offset, to, offset, length);
    }
  }
}
