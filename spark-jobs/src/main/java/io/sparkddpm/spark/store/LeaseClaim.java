package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.LeaseFiles.Entry;
import io.sparkddpm.spark.store.LocalProcesses.Life;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Acquires a {@link Lease} for one process. Used once. */
final class LeaseClaim {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseClaim.class);

  /** Beats that may be missed before a holder counts as dead. */
  private static final int PATIENCE = 6;

  /** How often the files are listed in the time of a beat. */
  private static final int LOOKS = 15;

  /** How often others may come first. */
  private static final int TRIES = 20;

  private final URI dir;
  private final LeaseFiles files;
  private final LeaseHolder self;
  private final Duration beat;
  private final Consumer<Duration> pause;

  /** Names of entries whose owners are dead, with the last that they wrote. */
  private final Map<String, byte[]> dead = new HashMap<>();

  /** The dead that this one follows, for the log. */
  private final List<LeaseHolder> predecessors = new ArrayList<>();

  LeaseClaim(URI dir, LeaseFiles files, LeaseHolder self, Duration beat, Consumer<Duration> pause) {
    this.dir = dir;
    this.files = files;
    this.self = self;
    this.beat = beat;
    this.pause = pause;
  }

  /**
   * Waits, claims and confirms, as {@link Lease} describes.
   *
   * @throws UserException naming the holder, if it lives or may live
   */
  Entry take() {
    for (int i = 0; i < TRIES; i++) {
      Entry mine = new Entry(highestOfTheDead() + 1, self.id(), true, true);
      try {
        if (isHolder(mine)) {
          predecessors.forEach(
              holder -> LOG.warn("Took over {} from a holder that is dead: {}", dir, holder));
          return mine;
        }
        files.delete(mine);
      } catch (RuntimeException e) {
        try {
          files.delete(mine);
        } catch (UserException suppressed) {
          e.addSuppressed(suppressed);
        }
        throw e;
      }
    }
    throw new UserException(
        "cannot take the lease of %s: others come first again and again, or %s does not show a file"
            + " that was just written",
        dir, LeaseFiles.DIRECTORY);
  }

  private boolean isHolder(Entry mine) {
    files.claim(mine, self);
    if (!isFirst(mine)) {
      return false;
    }
    files.beat(mine, 0);
    List<Entry> all = files.allEntries();
    if (!isThere(mine, all) || rivals(mine, all).stream().anyMatch(Entry::isConfirmed)) {
      return false;
    }
    for (Entry entry : all) {
      if (entry.generation() < mine.generation() || dead.containsKey(entry.name())) {
        files.delete(entry);
      }
    }
    return true;
  }

  /**
   * Waits until all holders and claimants are known to be dead; refuses the lease while one lives.
   *
   * @return the highest generation so far, 0 where there was none
   */
  private long highestOfTheDead() {
    while (true) {
      List<Entry> all = files.allEntries();
      List<Entry> rivals = rivals(null, all);
      if (rivals.isEmpty()) {
        return all.stream().mapToLong(Entry::generation).max().orElse(0);
      }
      for (Entry rival : rivals) {
        refuseTheLiving(rival);
      }
    }
  }

  /** Who has the lease or may come to it: not who was followed by another, nor the dead. */
  private List<Entry> rivals(Entry mine, List<Entry> all) {
    List<Entry> others =
        all.stream().filter(e -> e.claimed() && (mine == null || !e.isOf(mine))).toList();
    Optional<Entry> holder =
        others.stream().filter(Entry::isConfirmed).reduce((a, b) -> a.isAbove(b) ? a : b);
    List<Entry> rivals = new ArrayList<>();
    for (Entry entry : others) {
      boolean followed = holder.isPresent() && holder.get().generation() > entry.generation();
      byte[] last = dead.get(entry.name());
      if (!followed && (last == null || !Arrays.equals(last, files.sign(entry)))) {
        rivals.add(entry);
      }
    }
    return rivals;
  }

  private void refuseTheLiving(Entry rival) {
    byte[] sign = files.sign(rival);
    LeaseHolder holder = files.holder(rival);
    Life life = holder.life();
    boolean neverBeats = holder.isKnown() && holder.beatMillis() <= 0;
    if (life == Life.ALIVE || life == Life.UNKNOWN && neverBeats) {
      throw held(rival, holder);
    }
    if (life == Life.UNKNOWN && !standsStill(rival, holder, sign)) {
      return;
    }
    predecessors.add(holder);
    dead.put(rival.name(), sign);
  }

  /** Whether an entry's owner gives no sign of life while we watch; false: it is gone. */
  private boolean standsStill(Entry rival, LeaseHolder holder, byte[] sign) {
    Duration time = holder.isKnown() ? Duration.ofMillis(holder.beatMillis()) : beat;
    LOG.warn(
        "{} is held by {}: waiting up to {} s for a sign of life",
        dir,
        holder,
        Math.max(1, time.multipliedBy(PATIENCE).toSeconds()));
    for (int i = 0; i < PATIENCE * LOOKS; i++) {
      pause.accept(time.dividedBy(LOOKS));
      byte[] now = files.sign(rival);
      if (!files.isClaimed(rival)) {
        return false;
      }
      if (!Arrays.equals(sign, now)) {
        throw held(rival, files.holder(rival));
      }
    }
    return true;
  }

  /**
   * Whether of several that claim at once we are the one that may confirm. Each has written its
   * claim before it looks, so of two at least one sees the other. Who sees a lower one leaves. Who
   * sees only higher ones waits: they leave, or had looked before our claim was there and confirm.
   */
  private boolean isFirst(Entry mine) {
    for (int i = 0; i < PATIENCE * LOOKS; i++) {
      List<Entry> all = files.allEntries();
      List<Entry> rivals = rivals(mine, all);
      if (!isThere(mine, all)
          || rivals.stream().anyMatch(r -> r.isConfirmed() || mine.isAbove(r))) {
        return false;
      }
      if (rivals.isEmpty()) {
        return true;
      }
      for (Entry rival : rivals) {
        byte[] sign = files.sign(rival);
        if (files.holder(rival).life() == Life.DEAD) {
          dead.put(rival.name(), sign);
        }
      }
      pause.accept(beat.dividedBy(LOOKS));
    }
    return false;
  }

  private static boolean isThere(Entry mine, List<Entry> all) {
    return all.stream().anyMatch(e -> e.isOf(mine) && e.claimed());
  }

  private UserException held(Entry rival, LeaseHolder holder) {
    return LeaseToken.held(dir, holder, files.path(rival).toString());
  }
}
