package io.sparkddpm.spark.training.exchange;

import java.util.function.BooleanSupplier;

/** Takes the time of the parts of a round. One thread at a time. */
public final class RoundTimer {
  private static final double NANOS = 1e9;
  private long working;
  private long averaging;
  private long taking;

  /**
   * Seconds that a round took, with what had to be repeated.
   *
   * @param working until all workers have ended: what they start from reaches them, they take their
   *     steps and keep what comes out
   * @param averaging until the averages are there, on executors
   * @param taking until the driver has them
   */
  public record Seconds(double working, double averaging, double taking) {
    /** Of rounds that have no such parts. */
    public static final Seconds NONE = new Seconds(0, 0, 0);
  }

  boolean work(BooleanSupplier part) {
    long began = System.nanoTime();
    boolean done = part.getAsBoolean();
    working += System.nanoTime() - began;
    return done;
  }

  boolean average(BooleanSupplier part) {
    long began = System.nanoTime();
    boolean done = part.getAsBoolean();
    averaging += System.nanoTime() - began;
    return done;
  }

  boolean take(BooleanSupplier part) {
    long began = System.nanoTime();
    boolean done = part.getAsBoolean();
    taking += System.nanoTime() - began;
    return done;
  }

  Seconds seconds() {
    return new Seconds(working / NANOS, averaging / NANOS, taking / NANOS);
  }
}
