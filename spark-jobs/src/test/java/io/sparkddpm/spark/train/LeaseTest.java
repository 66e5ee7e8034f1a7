package io.sparkddpm.spark.train;

import static io.sparkddpm.spark.train.TrainFixture.CONF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  @TempDir Path dir;
  private URI run;
  private Path file;

  @BeforeEach
  void names() {
    run = dir.toUri();
    file = dir.resolve("_lease.json");
  }

  private void held(String host, long pid, String start) throws IOException {
    Files.writeString(
        file,
        "{\"id\":\"x\",\"host\":\""
            + host
            + "\",\"pid\":"
            + pid
            + ",\"processStart\":\""
            + start
            + "\",\"since\":\"2026-01-01T00:00:00Z\"}");
  }

  private String refusal() {
    return assertThrows(UserException.class, () -> Lease.acquire(CONF, run)).getMessage();
  }

  @Test
  void isHeldUntilClosed() {
    try (Lease lease = Lease.acquire(CONF, run)) {
      lease.check();
      long pid = ProcessHandle.current().pid();
      assertTrue(refusal().contains("is being written by process " + pid + " on "), refusal());
      lease.check();
    }
    assertFalse(Files.exists(file));
    Lease.acquire(CONF, run).close();
  }

  @Test
  void aDeadProcessOfThisHostLosesIt() throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    held(host, Long.MAX_VALUE, "2026-01-01T00:00:00Z");
    Lease.acquire(CONF, run).close();
    // The number lives on in another process.
    held(host, ProcessHandle.current().pid(), "2001-01-01T00:00:00Z");
    Lease.acquire(CONF, run).close();
    assertFalse(Files.exists(file));
  }

  @Test
  void aProcessOfAnotherHostKeepsIt() throws IOException {
    held("elsewhere.invalid", 4, "2026-01-01T00:00:00Z");
    String message = refusal();
    assertTrue(
        message.contains(
            "is being written by process 4 on elsewhere.invalid since 2026-01-01T00:00:00Z; if that"
                + " process is certainly dead, delete "),
        message);
    assertTrue(message.endsWith("_lease.json"), message);
  }

  private void beating(long beat, long millis) throws IOException {
    Path aside = dir.resolve("aside");
    Files.writeString(
        aside,
        String.format(
            Locale.ROOT,
            "{\"id\":\"x\",\"host\":\"elsewhere.invalid\",\"pid\":4,\"beat\":%d,\"beatMillis\":%d}",
            beat,
            millis));
    Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void whoGivesNoSignOfLifeOnAnotherHostLosesIt() throws IOException {
    beating(7, 30);
    try (Lease lease = Lease.acquire(CONF, run)) {
      lease.check();
    }
  }

  @Test
  void whoGivesASignOfLifeOnAnotherHostKeepsIt() throws IOException {
    beating(7, 100);
    CompletableFuture<String> refused = CompletableFuture.supplyAsync(this::refusal);
    for (long beat = 8; !refused.isDone(); beat++) {
      beating(beat, 100);
    }
    assertTrue(refused.join().contains("process 4 on elsewhere.invalid"), refused.join());
  }

  @Test
  void theHolderGivesSignsOfLife() throws Exception {
    try (WatchService watch = dir.getFileSystem().newWatchService();
        Lease lease = Lease.acquire(CONF, run, Duration.ofMillis(5))) {
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
  }

  @Test
  void whoeverHasLostItMayNotWriteOn() throws IOException {
    Lease lease = Lease.acquire(CONF, run);
    held("elsewhere.invalid", 4, "");
    assertTrue(
        assertThrows(UserException.class, lease::check).getMessage().contains("elsewhere.invalid"));
    lease.close();
    assertTrue(Files.exists(file), "another holder's lease was deleted");
    Files.delete(file);
    assertTrue(assertThrows(UserException.class, lease::check).getMessage().contains("is gone"));
    assertEquals(0, dir.toFile().list().length);
  }
}
