package io.sparkddpm.spark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.SuppressForbidden;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * A process that holds a {@link Lease} or asks for it, as its file describes it.
 *
 * @param id of this hold; empty where the file was cut off
 * @param host its name, for people: two machines may have the same
 * @param machine where process numbers mean the same, see {@link LocalProcesses#machine}
 * @param start when the process started, see {@link LocalProcesses#start}; empty in files of
 *     earlier versions
 * @param beatMillis how often it gives a sign of life, or more often; 0: never
 */
record LeaseHolder(
    String id, String host, String machine, long pid, String start, String since, long beatMillis) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Digits of an id: 64 random bits. */
  private static final int ID_DIGITS = 16;

  @SuppressForbidden("two holders must never have the same id, in repeated runs neither")
  static LeaseHolder self(Duration beat) {
    long pid = ProcessHandle.current().pid();
    String random = UUID.randomUUID().toString().replace("-", "");
    return new LeaseHolder(
        random.substring(random.length() - ID_DIGITS),
        thisHost(),
        LocalProcesses.OURS.machine(),
        pid,
        LocalProcesses.OURS.start(pid),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        beat.toMillis());
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
        node.path("start").asText(),
        node.path("since").asText(),
        node.path("beatMillis").asLong());
  }

  byte[] toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", id).put("host", host).put("machine", machine).put("pid", pid);
    node.put("start", start).put("since", since).put("beatMillis", beatMillis);
    return (node + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String thisHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }

  /** Whether its file was written whole. */
  boolean isKnown() {
    return !id.isEmpty();
  }

  /** What is certain without watching it; of another machine's process nothing is. */
  LocalProcesses.Life life() {
    boolean here = !machine.isEmpty() && machine.equals(LocalProcesses.OURS.machine());
    return here ? LocalProcesses.OURS.life(pid, start) : LocalProcesses.Life.UNKNOWN;
  }

  @Override
  public String toString() {
    return isKnown() ? "process " + pid + " on " + host + " since " + since : "an unknown process";
  }
}
