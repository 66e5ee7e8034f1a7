package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write to a directory: of a run, a pipeline, or an artefact that is being made. A
 * file names its holder, who writes it anew every so often, with a count that grows. A holder that
 * is a dead process of this machine loses it to the next one at once; one on another machine when
 * its count stands still for as long as several of its beats, by the clock of who waits, so that
 * clocks need not agree. Object stores cannot create a file only if there is none, so {@link
 * #check} before a checkpoint or a manifest decides: who has lost the lease does not write. One
 * thread at a time.
 */
public final class Lease implements AutoCloseable {
  /** Name of the file. */
  public static final String FILE_NAME = "_lease.json";

  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  /** Beats that may be missed before a holder counts as dead. */
  private static final int PATIENCE = 6;

  /** Set as a system property by soak runs, which cannot wait for minutes. */
  private static final String BEAT_MILLIS = "ddpm.lease.beat-millis";

  private static final Duration BEAT = Duration.ofMillis(Long.getLong(BEAT_MILLIS, 15_000));

  private final FileSystem fs;
  private final Path path;
  private final ScheduledExecutorService heart;
  private LeaseHolder self;

  private Lease(FileSystem fs, Path path, LeaseHolder self) {
    this.fs = fs;
    this.path = path;
    this.self = self;
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lease of " + path.getParent());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes the lease. Waits where its holder may be dead, on another machine.
   *
   * @param dir whose {@value #FILE_NAME} it is
   * @throws UserException naming the holder, if somebody else has it
   */
  public static Lease acquire(Configuration conf, URI dir) {
    return acquire(conf, dir, BEAT, Lease::pause);
  }

  /**
   * As {@link #acquire(Configuration, URI)}.
   *
   * @param beat how often we give a sign of life
   * @param pause waits for so long for one of the holder's
   */
  @SuppressWarnings("FutureReturnValueIgnored") // it ends with the heart
  static Lease acquire(Configuration conf, URI dir, Duration beat, Consumer<Duration> pause) {
    URI uri = Locations.resolve(dir, FILE_NAME);
    FileSystem fs = Locations.fileSystem(conf, uri);
    Lease lease = new Lease(fs, new Path(uri), LeaseHolder.self(beat));
    try {
      Optional<LeaseHolder> holder = lease.holder();
      if (holder.isPresent()) {
        LeaseHolder found = holder.get();
        if (!found.isDead() && (found.isHere() || !lease.standsStill(found, pause))) {
          throw lease.held(found);
        }
        LOG.warn("Taking over {} from a holder that is dead: {}", dir, found);
        lease.delete();
      }
      lease.write(false);
      lease.check();
      long millis = beat.toMillis();
      lease.heart.scheduleWithFixedDelay(lease::beat, millis, millis, TimeUnit.MILLISECONDS);
      return lease;
    } catch (RuntimeException e) {
      lease.heart.shutdownNow();
      throw e;
    }
  }

  private static void pause(Duration time) {
    CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS))
        .join();
  }

  /** Whether a holder gives no sign of life while we watch. */
  private boolean standsStill(LeaseHolder holder, Consumer<Duration> pause) {
    if (holder.beatMillis() <= 0) {
      return false;
    }
    Duration time = Duration.ofMillis(PATIENCE * holder.beatMillis());
    LOG.warn(
        "{} is held by {}: waiting {} s for a sign of life",
        path.getParent(),
        holder,
        Math.max(1, time.toSeconds()));
    pause.accept(time);
    return holder().filter(h -> !h.equals(holder)).isEmpty();
  }

  private synchronized void beat() {
    try {
      if (isOurs()) {
        self = self.next();
        write(true);
      } else {
        heart.shutdown(); // the next check says it
      }
    } catch (RuntimeException e) {
      LOG.warn("Cannot renew {}: {}", path, e.getMessage());
    }
  }

  private boolean isOurs() {
    return holder().filter(h -> h.id().equals(self.id())).isPresent();
  }

  /**
   * Makes sure that the lease is still ours.
   *
   * @throws UserException naming the new holder
   */
  public synchronized void check() {
    LeaseHolder holder =
        holder()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s is gone: somebody removed it while we were writing there", path));
    if (!holder.id().equals(self.id())) {
      throw held(holder);
    }
  }

  private UserException held(LeaseHolder holder) {
    return new UserException(
        "%s is being written by %s; if that process is certainly dead, delete %s",
        path.getParent(), holder, path);
  }

  private Optional<LeaseHolder> holder() {
    try (FSDataInputStream in = fs.open(path)) {
      return Optional.of(LeaseHolder.fromJson(in.readAllBytes()));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  private void write(boolean renew) {
    try (FSDataOutputStream out = fs.create(path, renew)) {
      out.write(self.toJson());
    } catch (FileAlreadyExistsException e) {
      throw held(holder().orElse(self));
    } catch (IOException | FSError e) { // a full local disk is an error to Hadoop
      throw new UserException(e, "cannot write %s: %s", path, e.getMessage());
    }
  }

  private void delete() {
    try {
      fs.delete(path, false);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", path, e.getMessage());
    }
  }

  /** Gives the lease back, if it is still ours; what hinders that is told in the log. */
  @Override
  public synchronized void close() {
    heart.shutdownNow();
    try {
      if (isOurs()) {
        delete();
      }
    } catch (UserException e) {
      LOG.warn("{} stays: {}", path, e.getMessage());
    }
  }
}
