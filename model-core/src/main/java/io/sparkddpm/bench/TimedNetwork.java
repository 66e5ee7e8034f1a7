package io.sparkddpm.bench;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;

/** A network that adds up the time of its predictions. One thread at a time. */
final class TimedNetwork implements Network {
  private final Network network;
  private long nanos;

  /**
   * @param network the owner closes it
   */
  TimedNetwork(Network network) {
    this.network = network;
  }

  /** Nanoseconds of all predictions so far. */
  long nanos() {
    return nanos;
  }

  @Override
  public void forward(Batch x, double[] levels, Condition condition, Batch output) {
    long start = System.nanoTime();
    network.forward(x, levels, condition, output);
    nanos += System.nanoTime() - start;
  }

  @Override
  public void close() {}
}
