package io.sparkddpm.spark.chaos;

import java.util.List;
import java.util.Locale;

/**
 * What a soak run did, and what came of it.
 *
 * @param executors killed
 * @param drivers killed, at whatever moment
 * @param cutOff of these drivers, how many left a checkpoint behind that has no manifest
 * @param resumptions times a run was gone on with
 * @param gaveUp drivers that ended by themselves before their run did; their runs were resumed
 * @param runs trained to their end and compared
 * @param differences between a run and the undisturbed one; empty: every bit is the same
 */
public record Toll(
    int executors,
    int drivers,
    int cutOff,
    int resumptions,
    int gaveUp,
    int runs,
    List<String> differences) {
  static final Toll NONE = new Toll(0, 0, 0, 0, 0, 0, List.of());

  public Toll {
    differences = List.copyOf(differences);
  }

  /** Processes killed in all. */
  public int faults() {
    return executors + drivers;
  }

  Toll plus(Toll o) {
    List<String> all = new java.util.ArrayList<>(differences);
    all.addAll(o.differences);
    return new Toll(
        executors + o.executors,
        drivers + o.drivers,
        cutOff + o.cutOff,
        resumptions + o.resumptions,
        gaveUp + o.gaveUp,
        runs + o.runs,
        all);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d faults (%d executors, %d drivers, %d of them while they wrote a checkpoint),"
            + " %d resumptions, %d drivers gave up, %d runs compared: %s",
        faults(),
        executors,
        drivers,
        cutOff,
        resumptions,
        gaveUp,
        runs,
        differences.isEmpty() ? "all bits the same" : differences.size() + " differ");
  }
}
