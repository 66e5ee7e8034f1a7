package io.sparkddpm.bench;

import java.util.Map;

/**
 * What timing something gave.
 *
 * @param name what was run
 * @param images images in one run
 * @param runs number of runs that were timed
 * @param bestSeconds time of the quickest run
 * @param medianSeconds median of the runs
 * @param flops floating-point operations of one run, a multiplication and an addition each; 0 where
 *     they do not matter
 * @param javaBytes bytes that one run allocated on the Java heap, over all threads
 * @param nativeBytes growth of ND4J's native memory over all runs
 * @param shares of the time, by kind of layer; sum 1; empty where there is no such account
 */
public record Measurement(
    String name,
    int images,
    int runs,
    double bestSeconds,
    double medianSeconds,
    double flops,
    long javaBytes,
    long nativeBytes,
    Map<String, Double> shares) {
  private static final double GIGA = 1e9;

  /** Of the quickest run. */
  public double imagesPerSecond() {
    return images / bestSeconds;
  }

  /** Of the median run. */
  public double medianImagesPerSecond() {
    return images / medianSeconds;
  }

  /** 10⁹ floating-point operations a second in the quickest run. */
  public double gigaflops() {
    return flops / bestSeconds / GIGA;
  }
}
