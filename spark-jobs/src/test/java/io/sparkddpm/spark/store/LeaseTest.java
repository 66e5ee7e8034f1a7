package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  private static final Configuration CONF = new Configuration();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration BEAT = Duration.ofDays(1);

  @TempDir Path dir;
  private URI uri;
  private Path file;

  @BeforeEach
  void names() {
    uri = dir.toUri();
    file = dir.resolve("_lease.json");
  }

  private interface Edit {
    void apply(ObjectNode holder);
  }

  /** The lease of another process, made from one of ours. */
  private void held(Edit edit) {
    Lease ours = Lease.acquire(CONF, uri);
    try {
      ObjectNode holder = (ObjectNode) JSON.readTree(Files.readString(file));
      ours.close();
      edit.apply(holder);
      Files.writeString(file, holder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void heldElsewhere(long beat, long beatMillis) {
    held(
        h ->
            h.put("id", "x")
                .put("host", "elsewhere.invalid")
                .put("machine", "another")
                .put("pid", 4)
                .put("since", "2026-01-01T00:00:00Z")
                .put("beat", beat)
                .put("beatMillis", beatMillis));
  }

  private Lease acquire(Consumer<Duration> pause) {
    return Lease.acquire(CONF, uri, BEAT, pause);
  }

  private String refusal(Consumer<Duration> pause) {
    return assertThrows(UserException.class, () -> acquire(pause)).getMessage();
  }

  private String refusal() {
    return refusal(
        time -> {
          throw new AssertionError("waited " + time);
        });
  }

  @Test
  void isHeldUntilClosed() {
    try (Lease lease = Lease.acquire(CONF, uri)) {
      lease.check();
      long pid = ProcessHandle.current().pid();
      assertTrue(refusal().contains("is being written by process " + pid + " on "), refusal());
      lease.check();
    }
    assertFalse(Files.exists(file));
    Lease.acquire(CONF, uri).close();
  }

  @Test
  void aDeadProcessOfThisMachineLosesIt() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    held(h -> h.put("pid", gone.pid()));
    Lease.acquire(CONF, uri).close();
    assertFalse(Files.exists(file));
    // The number lives on in another process.
    held(h -> h.put("processStart", "2001-01-01T00:00:00Z"));
    Lease.acquire(CONF, uri).close();
    assertFalse(Files.exists(file));
  }

  @Test
  void aProcessThatIsNotOfThisMachineIsNotCalledDead() {
    held(h -> h.put("machine", "another").put("pid", Long.MAX_VALUE).put("beatMillis", 0));
    assertTrue(refusal().contains("is being written by process " + Long.MAX_VALUE), refusal());
  }

  @Test
  void whoNeverGivesSignsOfLifeKeepsItUntilAPersonDecides() {
    heldElsewhere(0, 0);
    String message = refusal();
    assertTrue(
        message.contains(
            "is being written by process 4 on elsewhere.invalid since 2026-01-01T00:00:00Z; if that"
                + " process is certainly dead, delete "),
        message);
    assertTrue(message.endsWith("_lease.json"), message);
  }

  @Test
  void whoGivesNoSignOfLifeOnAnotherMachineLosesIt() {
    heldElsewhere(7, 30);
    List<Duration> waited = new ArrayList<>();
    try (Lease lease = acquire(waited::add)) {
      lease.check();
    }
    assertEquals(List.of(Duration.ofMillis(180)), waited);
  }

  @Test
  void whoGivesASignOfLifeOnAnotherMachineKeepsIt() throws IOException {
    heldElsewhere(7, 30);
    String other = Files.readString(file).replace("\"beat\":7", "\"beat\":8");
    String message =
        refusal(
            time -> {
              try {
                Files.writeString(file, other);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertTrue(message.contains("process 4 on elsewhere.invalid"), message);
    assertEquals(other, Files.readString(file));
  }

  @Test
  void theHolderGivesSignsOfLife() throws Exception {
    try (WatchService watch = dir.getFileSystem().newWatchService();
        Lease lease = Lease.acquire(CONF, uri, Duration.ofMillis(5), time -> {})) {
      dir.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);
      long beat = 0;
      while (beat < 3) {
        WatchKey key = watch.take();
        key.pollEvents();
        assertTrue(key.reset());
        Matcher found = Pattern.compile("\"beat\":(\\d+)").matcher(Files.readString(file));
        beat = found.find() ? Long.parseLong(found.group(1)) : beat;
      }
      lease.check();
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aCutOffLeaseIsNotTakenOver() throws IOException {
    Files.writeString(file, "{\"id\":\"x");
    assertTrue(refusal().contains("is being written by an unknown process"), refusal());
    assertEquals("{\"id\":\"x", Files.readString(file));
  }

  @Test
  void whoeverHasLostItMayNotWriteOn() throws IOException {
    Lease first = acquire(time -> {});
    Files.delete(file);
    assertTrue(assertThrows(UserException.class, first::check).getMessage().contains("is gone"));
    try (Lease second = acquire(time -> {})) {
      String message = assertThrows(UserException.class, first::check).getMessage();
      assertTrue(message.contains("is being written by process "), message);
      first.close();
      second.check();
    }
    assertEquals(0, dir.toFile().list().length);
  }
}
