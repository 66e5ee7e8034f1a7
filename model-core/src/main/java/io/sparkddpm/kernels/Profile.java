package io.sparkddpm.kernels;

import java.util.Arrays;

/** Time spent by kind of layer. One thread at a time. */
public final class Profile {
  private final long[] nanos = new long[LayerKind.values().length];

  /** Adds the time since {@code start}, as of {@link System#nanoTime}; returns now. */
  public long since(long start, LayerKind kind) {
    long now = System.nanoTime();
    nanos[kind.ordinal()] += now - start;
    return now;
  }

  /** Nanoseconds of a kind since the last {@link #clear}. */
  public long nanos(LayerKind kind) {
    return nanos[kind.ordinal()];
  }

  /** Forgets all times. */
  public void clear() {
    Arrays.fill(nanos, 0);
  }
}
