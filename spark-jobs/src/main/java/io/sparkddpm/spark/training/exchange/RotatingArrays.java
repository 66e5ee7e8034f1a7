package io.sparkddpm.spark.training.exchange;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Arrays of one length that are written and read in turn. Those that are given back serve the next
 * ones. One thread at a time; any number of them at the same time.
 */
final class RotatingArrays implements AutoCloseable {
  private static final Deque<SoftReference<float[]>> SPARE = new ArrayDeque<>();

  private final float[][] arrays;

  /** Their content is undefined. */
  RotatingArrays(int count, int length) {
    arrays = new float[count][];
    for (int i = 0; i < count; i++) {
      arrays[i] = room(length);
    }
  }

  private static float[] room(int length) {
    synchronized (SPARE) {
      while (!SPARE.isEmpty()) {
        float[] array = SPARE.pop().get();
        if (array != null && array.length == length) {
          return array;
        }
      }
    }
    return new float[length];
  }

  /** The one whose turn it is for the n-th time of use, from 0. */
  float[] turn(int n) {
    return arrays[n % arrays.length];
  }

  /** Nobody may write to them any more. */
  @Override
  public void close() {
    synchronized (SPARE) {
      for (float[] array : arrays) {
        SPARE.push(new SoftReference<>(array));
      }
    }
  }
}
