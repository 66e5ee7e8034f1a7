package io.sparkddpm.spark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
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
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two jobs from making one artefact at the same time: a file in its directory that names the
 * job that makes it. A job that is a dead process of this host loses it to the next one; of a job
 * on another host nobody here can tell, so a person must. Object stores cannot create a file only
 * if there is none, so {@link #check} before the manifest decides: of two that began in the same
 * instant at most one ends. One thread at a time.
 */
public final class OutputLock implements AutoCloseable {
  /** Name of the file. */
  public static final String FILE_NAME = "_lock.json";

  private static final Logger LOG = LoggerFactory.getLogger(OutputLock.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fs;
  private final Path path;
  private final Holder self;

  private record Holder(String id, String host, long pid, String processStart, String since) {
    @SuppressForbidden("two jobs must never have the same id, repeated ones neither")
    static Holder self() {
      ProcessHandle process = ProcessHandle.current();
      return new Holder(
          UUID.randomUUID().toString(),
          thisHost(),
          process.pid(),
          startOf(process),
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
      return (JSON.createObjectNode()
                  .put("id", id)
                  .put("host", host)
                  .put("pid", pid)
                  .put("processStart", processStart)
                  .put("since", since)
                  .toString()
              + "\n")
          .getBytes(StandardCharsets.UTF_8);
    }

    private static String startOf(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toString).orElse("");
    }

    private static String thisHost() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "";
      }
    }

    /** Whether it is certain that the job is no more. */
    boolean isDead() {
      if (host.isEmpty() || !host.equals(thisHost())) {
        return false;
      }
      Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
      // A process with the same number that started at another time is somebody else.
      return process.isEmpty() || !startOf(process.get()).equals(processStart);
    }

    @Override
    public String toString() {
      return id.isEmpty()
          ? "an unknown process"
          : "process " + pid + " on " + host + " since " + since;
    }
  }

  private OutputLock(FileSystem fs, Path path, Holder self) {
    this.fs = fs;
    this.path = path;
    this.self = self;
  }

  /**
   * Takes the lock.
   *
   * @param dir of the artefact; made where there is none
   * @throws UserException naming who has it
   */
  public static OutputLock acquire(Configuration conf, URI dir) {
    URI uri = Locations.resolve(dir, FILE_NAME);
    FileSystem fs = Locations.fileSystem(conf, uri);
    OutputLock lock = new OutputLock(fs, new Path(uri), Holder.self());
    Optional<Holder> holder = lock.holder();
    if (holder.isPresent()) {
      if (!holder.get().isDead()) {
        throw lock.held(holder.get());
      }
      LOG.warn("Going on with {}, whose last job is dead: {}", dir, holder.get());
      lock.delete();
    }
    lock.write();
    lock.check();
    return lock;
  }

  /**
   * Makes sure that nobody has taken the lock in the meantime; before the manifest is written.
   *
   * @throws UserException naming who has
   */
  public void check() {
    Holder holder =
        holder()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s is gone: somebody removed it while this job was writing", path));
    if (!holder.id().equals(self.id())) {
      throw held(holder);
    }
  }

  private UserException held(Holder holder) {
    return new UserException(
        "%s is being written by %s; if that process is certainly dead, delete %s",
        path.getParent(), holder, path);
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

  /** Gives the lock back, if it is still ours; what hinders that is told in the log. */
  @Override
  public void close() {
    try {
      if (holder().filter(h -> h.id().equals(self.id())).isPresent()) {
        delete();
      }
    } catch (UserException e) {
      LOG.warn("{} stays: {}", path, e.getMessage());
    }
  }
}
