package io.sparkddpm.spark.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write to a run's directory, or a pipeline's: a file that names its holder, who
 * writes it anew every so often, with a count that grows. A holder that is a dead process of this
 * host loses it to the next one at once; one on another host when its count stands still for as
 * long as several of its beats, by the clock of who waits, so that clocks need not agree. {@link
 * #check} before every checkpoint keeps a holder that has lost it from writing. One thread at a
 * time.
 */
public final class Lease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Beats that may be missed before a holder counts as dead. */
  private static final int PATIENCE = 6;

  private static final Duration BEAT = Duration.ofSeconds(15);

  private final FileSystem fs;
  private final Path path;
  private final ScheduledExecutorService heart;
  private Holder self;

  /**
   * @param beat grows as long as the holder lives
   * @param beatMillis how often, or more often; 0: it does not beat
   */
  private record Holder(
      String id,
      String host,
      long pid,
      String processStart,
      String since,
      long beat,
      long beatMillis) {
    @SuppressForbidden("two holders must never have the same id, in repeated runs neither")
    static Holder self(Duration beat) {
      ProcessHandle process = ProcessHandle.current();
      return new Holder(
          UUID.randomUUID().toString(),
          thisHost(),
          process.pid(),
          process.info().startInstant().map(Instant::toString).orElse(""),
          Instant.now().toString(),
          0,
          beat.toMillis());
    }

    Holder next() {
      return new Holder(id, host, pid, processStart, since, beat + 1, beatMillis);
    }

    static Holder fromJson(byte[] json) {
      JsonNode node;
      try {
        node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
      } catch (JsonProcessingException e) {
        node = JSON.createObjectNode(); // cut off while it was written
      }
      return new Holder(
          node.path("id").asText(),
          node.path("host").asText(),
          node.path("pid").asLong(),
          node.path("processStart").asText(),
          node.path("since").asText(),
          node.path("beat").asLong(),
          node.path("beatMillis").asLong());
    }

    byte[] toJson() {
      ObjectNode node = JSON.createObjectNode();
      node.put("id", id).put("host", host).put("pid", pid);
      node.put("processStart", processStart).put("since", since);
      node.put("beat", beat).put("beatMillis", beatMillis);
      return (node + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String thisHost() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "unknown";
      }
    }

    /** Whether it is a process of this host. */
    boolean isHere() {
      return host.equals(thisHost()) && !host.equals("unknown");
    }

    /** Whether it is certain that the holder is no more. */
    boolean isDead() {
      if (!isHere()) {
        return false;
      }
      Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
      // A process with the same number that started at another time is somebody else.
      return process.isEmpty()
          || !process
              .get()
              .info()
              .startInstant()
              .map(Instant::toString)
              .orElse(processStart)
              .equals(processStart);
    }

    @Override
    public String toString() {
      return "process " + pid + " on " + host + " since " + since;
    }
  }

  private Lease(FileSystem fs, Path path, Holder self) {
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
   * Takes the lease. Waits where its holder may be dead, on another host.
   *
   * @param run an existing directory, whose {@code _lease.json} it is
   * @throws UserException naming the holder, if somebody else has it
   */
  public static Lease acquire(Configuration conf, URI run) {
    return acquire(conf, run, BEAT);
  }

  /** As {@link #acquire(Configuration, URI)}, with a sign of life every {@code beat}. */
  @SuppressWarnings("FutureReturnValueIgnored") // it ends with the heart
  static Lease acquire(Configuration conf, URI run, Duration beat) {
    URI uri = Locations.resolve(run, RunFiles.LEASE);
    FileSystem fs = Locations.fileSystem(conf, uri);
    Lease lease = new Lease(fs, new Path(uri), Holder.self(beat));
    try {
      Optional<Holder> holder = lease.holder();
      if (holder.isPresent()) {
        Holder found = holder.get();
        if (!found.isDead() && (found.isHere() || !lease.standsStill(found))) {
          throw lease.held(found);
        }
        LOG.warn("Taking over {} from a holder that is dead: {}", run, found);
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

  /** Whether a holder gives no sign of life while we watch. */
  private boolean standsStill(Holder holder) {
    if (holder.beatMillis() <= 0) {
      return false;
    }
    long millis = PATIENCE * holder.beatMillis();
    LOG.warn(
        "{} is held by {}: waiting {} s for a sign of life",
        path.getParent(),
        holder,
        Math.max(1, millis / 1000));
    CompletableFuture<Optional<Holder>> later =
        CompletableFuture.supplyAsync(
            this::holder, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    return later.join().filter(h -> !h.equals(holder)).isEmpty();
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
    Holder holder =
        holder()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s is gone: somebody removed it while this run was writing", path));
    if (!holder.id().equals(self.id())) {
      throw held(holder);
    }
  }

  private UserException held(Holder holder) {
    return new UserException(
        "%s is being written by %s; if that process is certainly dead, delete %s",
        path.getParent(), holder.id().isEmpty() ? "an unknown process" : holder, path);
  }

  private Optional<Holder> holder() {
    try (FSDataInputStream in = fs.open(path)) {
      return Optional.of(Holder.fromJson(in.readAllBytes()));
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
    } catch (IOException e) {
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

  /** Gives the lease back, if it is still ours. */
  @Override
  public synchronized void close() {
    heart.shutdownNow();
    if (isOurs()) {
      delete();
    }
  }
}
