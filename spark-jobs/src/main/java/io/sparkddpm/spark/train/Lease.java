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
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write to a run directory: a file that names its holder. A holder that is a dead
 * process of this host loses it to the next one; of a holder on another host nobody here can tell
 * whether it lives, so a person must. {@link #check} before every checkpoint keeps a holder that
 * has lost it from writing. One thread at a time.
 */
final class Lease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fs;
  private final Path path;
  private final Holder self;

  private record Holder(String id, String host, long pid, String processStart, String since) {
    @SuppressForbidden("two holders must never have the same id, in repeated runs neither")
    static Holder self() {
      ProcessHandle process = ProcessHandle.current();
      return new Holder(
          UUID.randomUUID().toString(),
          thisHost(),
          process.pid(),
          process.info().startInstant().map(Instant::toString).orElse(""),
          Instant.now().toString());
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
          node.path("since").asText());
    }

    byte[] toJson() {
      ObjectNode node = JSON.createObjectNode();
      node.put("id", id).put("host", host).put("pid", pid);
      node.put("processStart", processStart).put("since", since);
      return (node + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String thisHost() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "unknown";
      }
    }

    /** Whether it is certain that the holder is no more. */
    boolean isDead() {
      if (!host.equals(thisHost()) || host.equals("unknown")) {
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
  }

  /**
   * Takes the lease.
   *
   * @param run an existing directory
   * @throws UserException naming the holder, if somebody else may still have it
   */
  static Lease acquire(Configuration conf, URI run) {
    URI uri = Locations.resolve(run, RunFiles.LEASE);
    FileSystem fs = Locations.fileSystem(conf, uri);
    Lease lease = new Lease(fs, new Path(uri), Holder.self());
    Optional<Holder> holder = lease.holder();
    if (holder.isPresent()) {
      if (!holder.get().isDead()) {
        throw lease.held(holder.get());
      }
      LOG.warn("Taking over {} from a holder that is dead: {}", run, holder.get());
      lease.delete();
    }
    lease.write();
    lease.check();
    return lease;
  }

  /**
   * Makes sure that the lease is still ours.
   *
   * @throws UserException naming the new holder
   */
  void check() {
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

  private void write() {
    try (FSDataOutputStream out = fs.create(path, false)) {
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
  public void close() {
    if (holder().filter(h -> h.id().equals(self.id())).isPresent()) {
      delete();
    }
  }
}
