package io.sparkddpm.spark.store;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets one thread at a time proceed, from one step to its next, in an order that a seed decides.
 */
final class Turns {
  private final RandomStream random;
  private final double stickiness;
  private final List<Thread> all = new ArrayList<>();
  private Thread next;

  /**
   * @param stickiness how probably the turn stays where it is
   */
  Turns(long seed, double stickiness) {
    this.stickiness = stickiness;
    this.random = RandomStream.of(seed, Purpose.SHAPES, 0);
  }

  /** Runs tasks, each in a thread, to their ends. */
  void run(List<Runnable> tasks) throws InterruptedException {
    synchronized (this) {
      for (Runnable task : tasks) {
        Thread thread =
            new Thread(
                () -> {
                  step();
                  try {
                    task.run();
                  } finally {
                    end();
                  }
                });
        all.add(thread);
      }
      List.copyOf(all).forEach(Thread::start);
      choose();
    }
    for (Thread thread : List.copyOf(all)) {
      thread.join();
    }
  }

  /** The turn may go to another; threads that were not begun here pass. */
  synchronized void step() {
    if (!all.contains(Thread.currentThread())) {
      return;
    }
    if (next == Thread.currentThread()) {
      choose();
    }
    while (next != Thread.currentThread()) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private synchronized void end() {
    all.remove(Thread.currentThread());
    choose();
  }

  private void choose() {
    if (all.contains(next) && random.nextDouble() < stickiness) {
      return;
    }
    next =
        all.isEmpty() ? null : all.get((int) Math.floorMod(random.nextLong(), (long) all.size()));
    notifyAll();
  }
}
