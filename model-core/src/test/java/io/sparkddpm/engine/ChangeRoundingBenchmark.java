package io.sparkddpm.engine;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Rounding of the changes of 65,536 values, as many as a worker rounds at a time, on one thread.
 * The median is little disturbed by other work on the machine.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ChangeRoundingBenchmark {
  private static final int LENGTH = 1 << 16;

  private final ChangeRounding rounding = new ChangeRounding(1, 0);
  private final float[] start = new float[LENGTH];
  private final float[] values = new float[LENGTH];

  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < LENGTH; i++) {
      start[i] = (float) random.nextDouble(-1, 1);
      values[i] = start[i] + (float) random.nextDouble(-1e-3, 1e-3);
    }
  }

  /** Takes the changes and rounds them. */
  @Benchmark
  public float[] ofWorker() {
    rounding.ofWorker(0, StateVector.PARAMETERS, 0, start, values, 0, LENGTH);
    return values;
  }

  /** Rounds alone. */
  @Benchmark
  public float[] ofMean() {
    rounding.ofMean(StateVector.PARAMETERS, 0, values, 0, LENGTH);
    return values;
  }
}
