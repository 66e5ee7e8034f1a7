package io.sparkddpm.spark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.SuppressForbidden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A process that holds a {@link Lease}, as its file tells it.
 *
 * @param host its name, for people: two machines may have the same
 * @param machine where process numbers mean the same: this start of the kernel and the container's
 *     own numbering; the host's name where the system does not tell
 * @param beat grows as long as the holder lives
 * @param beatMillis how often, or more often; 0: it does not beat
 */
record LeaseHolder(
    String id,
    String host,
    String machine,
    long pid,
    String processStart,
    String since,
    long beat,
    long beatMillis) {
  /** Set as a system property, lets a process of a soak run pass for one of another machine. */
  private static final String MACHINE = "ddpm.lease.machine";

  private static final ObjectMapper JSON = new ObjectMapper();

  @SuppressForbidden("two holders must never have the same id, in repeated runs neither")
  static LeaseHolder self(Duration beat) {
    ProcessHandle process = ProcessHandle.current();
    return new LeaseHolder(
        UUID.randomUUID().toString(),
        thisHost(),
        thisMachine(),
        process.pid(),
        startOf(process),
        Instant.now().toString(),
        0,
        beat.toMillis());
  }

  LeaseHolder next() {
    return new LeaseHolder(id, host, machine, pid, processStart, since, beat + 1, beatMillis);
  }

  static LeaseHolder fromJson(byte[] json) {
    JsonNode node;
    try {
      node = JSON.readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      node = JSON.createObjectNode(); // cut off while it was written
    }
    return new LeaseHolder(
        node.path("id").asText(),
        node.path("host").asText(),
        node.path("machine").asText(),
        node.path("pid").asLong(),
        node.path("processStart").asText(),
        node.path("since").asText(),
        node.path("beat").asLong(),
        node.path("beatMillis").asLong());
  }

  byte[] toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", id).put("host", host).put("machine", machine).put("pid", pid);
    node.put("processStart", processStart).put("since", since);
    node.put("beat", beat).put("beatMillis", beatMillis);
    return (node + "\n").getBytes(StandardCharsets.UTF_8);
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

  private static String thisMachine() {
    String given = System.getProperty(MACHINE);
    if (given != null) {
      return given;
    }
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return thisHost(); // not Linux
    }
  }

  /** Whether it is a process of this machine. */
  boolean isHere() {
    return !machine.isEmpty() && machine.equals(thisMachine());
  }

  /** Whether it is certain that the holder is no more. */
  boolean isDead() {
    if (!isHere()) {
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
