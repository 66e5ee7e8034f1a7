package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.RandomStream;
import java.util.List;

/**
 * What a disturbed job runs under.
 *
 * @param threads of a task, which decide bits
 * @param cluster whether it runs on a cluster of processes, of which executors are killed too
 * @param flaky whether its reads fail now and then
 */
record Conditions(int threads, boolean cluster, boolean flaky) {
  static Conditions draw(List<Integer> threads, RandomStream random) {
    return new Conditions(
        threads.get(random.nextInt(threads.size())),
        random.nextInt(3) == 0,
        random.nextInt(3) == 0);
  }

  @Override
  public String toString() {
    return (cluster ? "cluster" : "local mode")
        + ", "
        + threads
        + (threads == 1 ? " thread" : " threads")
        + (flaky ? ", flaky disk" : "");
  }
}
