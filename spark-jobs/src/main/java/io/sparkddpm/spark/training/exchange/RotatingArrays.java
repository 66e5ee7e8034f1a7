package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Kept;
import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Arrays of one length that are written and read in turn. Those that are given back serve the next
 * ones. One thread at a time; any number of them at the same time.
 */
final class RotatingArrays implements AutoCloseable {
  /** Arrays of this process that nobody uses at the moment. */
  private static final class Spare implements Kept {
    private final Deque<SoftReference<float[]>> arrays = new ArrayDeque<>();

    static Spare here() {
      return ExecutorState.get(Spare.class, Spare::new);
    }

    synchronized float[] room(int length) {
      while (!arrays.isEmpty()) {
        float[] array = arrays.pop().get();
        if (array != null && array.length == length) {
          return array;
        }
      }
      return new float[length];
    }

    synchronized void takeBack(float[][] returned) {
      for (float[] array : returned) {
        arrays.push(new SoftReference<>(array));
      }
    }

    @Override
    public synchronized void free() {
      arrays.clear();
    }
  }

  private final float[][] arrays;

  /** Their content is undefined. */
  RotatingArrays(int count, int length) {
    Spare spare = Spare.here();
    arrays = new float[count][];
    for (int i = 0; i < count; i++) {
      arrays[i] = spare.room(length);
    }
  }

  /** The one whose turn it is for the n-th time of use, from 0. */
  float[] turn(int n) {
    return arrays[n % arrays.length];
  }

  /** Nobody may write to them any more. */
  @Override
  public void close() {
    Spare.here().takeBack(arrays);
  }
}
