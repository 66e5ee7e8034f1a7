package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.LeaseFiles.Entry;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write to a directory: of a run, a pipeline, or an artefact that is being made.
 *
 * <p>Its files lie in {@code _lease/}. Each belongs to one process, carries its random id in its
 * name and is written by it alone, so nobody ever overwrites another's:
 *
 * <ul>
 *   <li>{@code 000017-<id>.json}, the claim, says who asks for the lease. Written once.
 *   <li>{@code 000017-<id>.beat} confirms that its owner is the holder, and is written anew every
 *       so often with a count that grows.
 * </ul>
 *
 * <p>The holder is the owner of the claim with the highest generation (the leading number) that is
 * confirmed. Whoever wants the lease
 *
 * <ol>
 *   <li>lists the files, and is refused unless every holder and claimant is dead: a process of this
 *       machine that no longer exists, or one elsewhere that writes nothing for six of its beats,
 *       by the clock of who waits, so that clocks need not agree. In doubt a holder is not dead;
 *   <li>writes its claim, one generation above all, and lists again. Of several at once the one
 *       with the lowest name stays, unless another has confirmed meanwhile;
 *   <li>confirms, and lists once more: if somebody else has confirmed too, it leaves;
 *   <li>deletes the files of those that it follows. Who was suspended finds its claim gone, for
 *       ever.
 * </ol>
 *
 * <p>That needs of a file system only that a listing shows every file that was written before it
 * began, which local disks, HDFS and S3 promise; no file is created conditionally, renamed or
 * overwritten by two. A process that is killed anywhere leaves files which the next one judges as
 * above.
 *
 * <p>{@link #check} looks whether the lease is still held; it comes before everything that is
 * deleted or committed. {@link #token} lets others look, and stands in every manifest. What no
 * listing can prevent is an action that was under way when its process was suspended: see {@link
 * ArtifactWriter#commit} for how little it can then do. For one thread, beside its own for the
 * beats.
 */
public final class Lease implements AutoCloseable {
  /** Set as a system property by tests, which cannot wait for minutes. */
  private static final String BEAT = "ddpm.lease.beat-millis";

  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
  private static final long BEAT_MILLIS = 15_000;

  private final Configuration conf;
  private final LeaseFiles files;
  private final LeaseToken token;
  private final Duration beat;
  private final ScheduledExecutorService heart;

  /** Held while the lease's files are written or deleted: nothing is written after the deletion. */
  private final Object writing = new Object();

  private long count;
  private volatile long lastLook = System.nanoTime();
  private volatile boolean lost;
  private boolean closed;

  private Lease(Configuration conf, LeaseFiles files, LeaseToken token, Duration beat) {
    this.conf = conf;
    this.files = files;
    this.token = token;
    this.beat = beat;
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lease of " + token.dir());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Whether a file or directory of a directory that is held is the lease's own, by its name. */
  public static boolean isOwn(String name) {
    return name.equals(LeaseFiles.DIRECTORY) || name.equals(LeaseFiles.OLD_FILE);
  }

  /**
   * Takes the lease. Waits where its holder may be dead, on another machine.
   *
   * @param dir that is to be held
   * @throws UserException naming the holder, if somebody else has it
   */
  public static Lease acquire(Configuration conf, URI dir) {
    return acquire(conf, dir, Duration.ofMillis(Long.getLong(BEAT, BEAT_MILLIS)), Lease::pause);
  }

  /**
   * As {@link #acquire(Configuration, URI)}.
   *
   * @param beat how often we give a sign of life
   * @param pause waits for so long for one of the holder's
   */
  @SuppressWarnings("FutureReturnValueIgnored") // it ends with the heart
  static Lease acquire(Configuration conf, URI dir, Duration beat, Consumer<Duration> pause) {
    LeaseFiles files = new LeaseFiles(conf, dir);
    LeaseHolder self = LeaseHolder.self(beat);
    Entry mine = new LeaseClaim(dir, files, self, beat, pause).take();
    Lease lease = new Lease(conf, files, new LeaseToken(dir, mine.generation(), mine.id()), beat);
    long millis = beat.toMillis();
    lease.heart.scheduleWithFixedDelay(lease::beat, millis, millis, TimeUnit.MILLISECONDS);
    return lease;
  }

  private static void pause(Duration time) {
    CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS))
        .join();
  }

  /** What names this hold, for those who write under it elsewhere. */
  public LeaseToken token() {
    return token;
  }

  /** However long the file system takes, {@link #checkNowAndThen} does not wait for it. */
  void beat() {
    synchronized (writing) {
      if (closed) {
        return;
      }
      try {
        if (token.lost(files).isPresent()) {
          lost = true; // the next check says it
          heart.shutdown();
        } else {
          files.beat(token.entry(), ++count);
          looked();
        }
      } catch (UserException e) {
        LOG.warn("Cannot renew the lease of {}: {}", token.dir(), e.getMessage());
      }
    }
  }

  /**
   * Makes sure that the lease is still ours.
   *
   * @throws UserException naming the new holder
   */
  public void check() {
    token.check(conf);
    looked();
  }

  private void looked() {
    lastLook = System.nanoTime();
  }

  /**
   * As {@link #check}, if the beats have stopped, as after a suspension, or found it lost; else
   * free of charge. Long computations call it now and then; a file system that fails is no reason
   * to stop yet.
   *
   * @throws UserException naming the new holder
   */
  public void checkNowAndThen() {
    if (!lost && System.nanoTime() - lastLook <= 2 * beat.toNanos()) {
      return;
    }
    Optional<UserException> why;
    try {
      why = token.lost(files);
    } catch (UserException e) {
      LOG.warn("Cannot read the lease of {}: {}", token.dir(), e.getMessage());
      return;
    }
    if (why.isPresent()) {
      throw why.get();
    }
    looked();
  }

  /** Gives the lease back; a failure to do so is logged. */
  @Override
  public void close() {
    synchronized (writing) {
      if (closed) {
        return;
      }
      closed = true;
      heart.shutdown();
      try {
        files.delete(token.entry());
        files.leave();
      } catch (UserException e) {
        LOG.warn("The lease of {} stays: {}", token.dir(), e.getMessage());
      }
    }
  }
}
