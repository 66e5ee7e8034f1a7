package io.sparkddpm.spark.tracking;

import io.sparkddpm.spark.training.monitor.RunEnd;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is still to be sent of a run. The job fills it, the sender empties it. Thread-safe. */
final class Outbox {
  private final Deque<MlflowRun.Line> lines = new ArrayDeque<>();
  private final SortedMap<String, String> tags = new TreeMap<>();
  private Optional<Ending> ending = Optional.empty();

  /**
   * The end of the job; nothing comes after it.
   *
   * @param millis when it was, since 1970
   * @param model the checkpoint that a finished run came to; empty for others
   */
  record Ending(RunEnd how, long millis, Optional<String> model) {}

  /** What the outbox holds at one time. */
  record Content(
      List<MlflowRun.Line> lines, SortedMap<String, String> tags, Optional<Ending> ending) {}

  synchronized void add(Collection<MlflowRun.Line> more) {
    lines.addAll(more);
    notifyAll();
  }

  synchronized void tag(Map<String, String> more) {
    tags.putAll(more);
    notifyAll();
  }

  synchronized void end(Ending last) {
    ending = Optional.of(last);
    notifyAll();
  }

  /** Waits until there is anything; it stays until {@link #remove}. */
  synchronized Content await() throws InterruptedException {
    while (lines.isEmpty() && tags.isEmpty() && ending.isEmpty()) {
      wait();
    }
    return new Content(List.copyOf(lines), new TreeMap<>(tags), ending);
  }

  /** Removes what has been sent. */
  synchronized void remove(Content sent) {
    sent.lines().forEach(line -> lines.remove());
    tags.entrySet().removeAll(sent.tags().entrySet());
  }

  /** Waits for a time; the end of the job cuts it short. */
  synchronized void pause(long millis) throws InterruptedException {
    boolean hasEnded = ending.isPresent();
    long until = System.nanoTime() + millis * 1_000_000;
    long left = millis;
    while (left > 0 && hasEnded == ending.isPresent()) {
      wait(left);
      left = (until - System.nanoTime()) / 1_000_000;
    }
  }

  /** Whether the job has ended. */
  synchronized boolean hasEnded() {
    return ending.isPresent();
  }
}
