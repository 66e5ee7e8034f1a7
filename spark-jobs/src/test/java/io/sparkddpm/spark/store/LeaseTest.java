package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.util.concurrent.Uninterruptibles;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  private static final Configuration CONF = new Configuration();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration BEAT = Duration.ofDays(1);
  private static final double[] STICKINESS = {0, 0.9, 0.99, 0.998};
  private static final Consumer<Duration> NO_WAIT = time -> {};

  @TempDir Path dir;
  private URI uri;
  private Path old;

  @BeforeEach
  void names() {
    HookedDisk.register(CONF);
    uri = dir.toUri();
    old = dir.resolve("_lease.json");
  }

  @AfterEach
  void asBefore() {
    HookedDisk.unhook();
    System.clearProperty(LocalProcesses.MACHINE);
  }

  private interface Edit {
    void apply(ObjectNode holder);
  }

  private List<Path> files(String suffix) {
    Path place = dir.resolve("_lease");
    if (!Files.exists(place)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(place)) {
      return all.filter(p -> p.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void edit(Path claim, Edit edit) {
    try {
      ObjectNode holder = (ObjectNode) JSON.readTree(Files.readString(claim));
      edit.apply(holder);
      Files.writeString(claim, holder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lease of another process, made from one of ours. */
  private Lease held(Edit edit) {
    Lease ours = acquire(NO_WAIT);
    edit(files(".json").get(0), edit);
    return ours;
  }

  private void heldElsewhere(long beatMillis) {
    held(
        h ->
            h.put("host", "elsewhere.invalid")
                .put("machine", "another")
                .put("pid", 4)
                .put("since", "2026-01-01T00:00:00Z")
                .put("beatMillis", beatMillis));
  }

  private static void elsewhere(boolean yes) {
    if (yes) {
      System.setProperty(LocalProcesses.MACHINE, "another");
    } else {
      System.clearProperty(LocalProcesses.MACHINE);
    }
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

  private void assertNothingIsLeft() {
    assertEquals(0, dir.toFile().list().length);
  }

  @Test
  void isHeldUntilClosed() {
    try (Lease lease = Lease.acquire(CONF, uri)) {
      lease.check();
      long pid = ProcessHandle.current().pid();
      assertTrue(refusal().contains("is being written by process " + pid + " on "), refusal());
      lease.check();
      lease.checkNowAndThen();
    }
    assertNothingIsLeft();
    Lease.acquire(CONF, uri).close();
    assertNothingIsLeft();
  }

  @Test
  void aDeadProcessOfThisMachineLosesIt() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    held(h -> h.put("pid", gone.pid()));
    acquire(NO_WAIT).close();
    assertNothingIsLeft();
    // The number lives on in another process.
    held(h -> h.put("start", h.path("start").asText().replaceFirst("^\\d+", "1")));
    acquire(NO_WAIT).close();
    assertNothingIsLeft();
  }

  @Test
  void itsStartIsCountedInTicksOfTheKernelWhichNoClockMoves() throws IOException {
    acquire(NO_WAIT);
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String ticks = stat.substring(stat.lastIndexOf(')')).split(" ")[20];
    String start = JSON.readTree(files(".json").get(0).toFile()).path("start").asText();
    assertEquals(ticks, start.split(" ")[0]);
    assertTrue(refusal().contains("is being written by process "), refusal());
  }

  @Test
  void aProcessThatIsNotOfThisMachineIsNotCalledDead() {
    held(h -> h.put("machine", "another").put("pid", Long.MAX_VALUE).put("beatMillis", 0));
    assertTrue(refusal().contains("is being written by process " + Long.MAX_VALUE), refusal());
  }

  @Test
  void whoNeverGivesSignsOfLifeKeepsItUntilAPersonDecides() {
    heldElsewhere(0);
    String message = refusal();
    assertTrue(
        message.contains(
            "is being written by process 4 on elsewhere.invalid since 2026-01-01T00:00:00Z; if that"
                + " process is certainly dead, delete "),
        message);
    assertTrue(message.endsWith("/_lease/" + files(".json").get(0).getFileName()), message);
  }

  @Test
  void whoGivesNoSignOfLifeOnAnotherMachineLosesIt() {
    heldElsewhere(30);
    List<Duration> waited = new ArrayList<>();
    try (Lease lease = acquire(waited::add)) {
      lease.check();
      assertEquals(2, lease.token().generation());
    }
    assertEquals(Duration.ofMillis(180), waited.stream().reduce(Duration.ZERO, Duration::plus));
    assertNothingIsLeft();
  }

  @Test
  void whoGivesASignOfLifeOnAnotherMachineKeepsIt() {
    heldElsewhere(30);
    Path beat = files(".beat").get(0);
    AtomicInteger looks = new AtomicInteger();
    String message =
        refusal(
            time -> {
              if (looks.incrementAndGet() == 3) {
                write(beat, "1\n");
              }
            });
    assertTrue(message.contains("process 4 on elsewhere.invalid"), message);
    assertEquals(3, looks.get());
    assertEquals(1, files(".json").size());
  }

  @Test
  void theHolderGivesSignsOfLife() throws IOException {
    try (Lease lease = acquire(NO_WAIT)) {
      lease.beat();
      lease.beat();
      assertEquals("2\n", Files.readString(files(".beat").get(0)));
      lease.check();
    }
    assertNothingIsLeft();
  }

  @Test
  void aCutOffClaimIsTakenOverWhenItStandsStill() {
    acquire(NO_WAIT);
    write(files(".json").get(0), "{\"id\":\"x");
    List<Duration> waited = new ArrayList<>();
    acquire(waited::add).close();
    assertFalse(waited.isEmpty());
    assertNothingIsLeft();
  }

  private String oldLease(long pid, String machine, int beat) {
    return String.format(
        Locale.ROOT,
        "{\"id\":\"x\",\"host\":\"elsewhere.invalid\",\"machine\":\"%s\",\"pid\":%d,"
            + "\"processStart\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\","
            + "\"beat\":%d,\"beatMillis\":30}",
        machine,
        pid,
        beat);
  }

  @Test
  void aLeaseOfAnEarlierVersionIsHonoured() throws Exception {
    write(old, oldLease(4, "another", 7));
    String message = refusal(time -> write(old, oldLease(4, "another", 8)));
    assertTrue(message.contains("process 4 on elsewhere.invalid"), message);
    assertTrue(message.endsWith("/_lease.json"), message);
    // Alive or not: its start is not known any more, its signs of life can.
    String ours = oldLease(ProcessHandle.current().pid(), LocalProcesses.OURS.machine(), 7);
    write(old, ours);
    refusal(time -> write(old, ours.replace("\"beat\":7", "\"beat\":8")));
    acquire(NO_WAIT).close();
    assertNothingIsLeft();
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    write(old, oldLease(gone.pid(), LocalProcesses.OURS.machine(), 7));
    acquire(
            time -> {
              throw new AssertionError("waited " + time);
            })
        .close();
    assertNothingIsLeft();
    write(old, "{\"id\":\"x");
    acquire(NO_WAIT).close();
    assertNothingIsLeft();
  }

  @Test
  void whoeverHasLostItMayNotWriteOn() throws IOException {
    Lease first = acquire(NO_WAIT);
    Files.delete(files(".json").get(0));
    assertTrue(assertThrows(UserException.class, first::check).getMessage().contains("is gone"));
    try (Lease second = acquire(NO_WAIT)) {
      String message = assertThrows(UserException.class, first::check).getMessage();
      assertTrue(message.contains("is being written by process "), message);
      first.close();
      second.check();
    }
    assertNothingIsLeft();
  }

  @Test
  void whoWakesAfterASuspensionChangesNothing() {
    elsewhere(true);
    Lease suspended = acquire(NO_WAIT);
    LeaseToken onExecutors = suspended.token();
    elsewhere(false);
    Lease next = acquire(NO_WAIT);
    List<Path> nexts = files("");
    suspended.beat();
    String message = assertThrows(UserException.class, suspended::checkNowAndThen).getMessage();
    assertTrue(message.contains("is being written by process "), message);
    assertThrows(UserException.class, () -> onExecutors.check(CONF));
    suspended.close();
    assertEquals(nexts, files(""));
    next.check();
    next.close();
    assertThrows(UserException.class, suspended::check);
    assertNothingIsLeft();
  }

  /** Nor does closing it leave the file that was on its way. */
  @Test
  void whoChecksNowAndThenDoesNotWaitForABeatThatIsSlow() throws Exception {
    Path place = dir.resolve("slow");
    Lease lease = Lease.acquire(CONF, URI.create("hooked://" + place), BEAT, NO_WAIT);
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch checked = new CountDownLatch(1);
    HookedDisk.hook(
        (action, path) -> {
          if (action.equals("create")) {
            writing.countDown();
            Uninterruptibles.awaitUninterruptibly(checked);
          }
        });
    Thread heart = new Thread(lease::beat);
    try {
      heart.start();
      writing.await();
      Thread closing = new Thread(lease::close);
      lease.checkNowAndThen(); // or waits for ever
      closing.start();
      checked.countDown();
      closing.join();
      heart.join();
    } finally {
      checked.countDown();
      HookedDisk.unhook();
    }
    assertEquals(0, place.toFile().list().length);
  }

  @Test
  void aBeatThatWasUnderWayRevivesNothing() throws IOException {
    elsewhere(true);
    Lease suspended = acquire(NO_WAIT);
    Path beat = files(".beat").get(0);
    elsewhere(false);
    acquire(NO_WAIT).close();
    write(beat, "8\n"); // after the next holder has come and gone
    assertThrows(UserException.class, suspended::check);
    try (Lease third = acquire(NO_WAIT)) {
      third.check();
      assertEquals(2, third.token().generation());
    }
    suspended.close();
    assertNothingIsLeft();
  }

  /** Two or three want the lease, in many orders of what they do; all of them live. */
  @Test
  void ofSeveralAtOnceOneHoldsIt() throws InterruptedException {
    for (int seed = 0; seed < 40; seed++) {
      assertTrue(race(seed, 2 + seed % 2, false) > 0, "nobody came to hold it, seed " + seed);
    }
  }

  /** The same with claimants that may take one another for dead at any time. */
  @Test
  void whoIsTakenForDeadNeverHoldsItAgain() throws InterruptedException {
    int took = 0;
    for (int seed = 0; seed < 40; seed++) {
      took += Math.max(0, race(seed, 2 + seed % 2, true) - 1);
    }
    assertTrue(took > 0, "nobody was taken for dead");
  }

  private record Hold(int from, List<Integer> checks, AtomicInteger until) {}

  /**
   * @return how many came to hold it
   */
  private int race(int seed, int contenders, boolean doubtful) throws InterruptedException {
    Path place = dir.resolve(doubtful + "-" + seed);
    URI raced = URI.create("hooked://" + place);
    if (doubtful) {
      System.setProperty(LocalProcesses.MACHINE, ""); // nobody knows
    }
    // Now the turns change at every action, now somebody is suspended for hundreds of them.
    Turns turns = new Turns(seed, STICKINESS[seed / 2 % STICKINESS.length]);
    AtomicInteger clock = new AtomicInteger();
    List<Hold> holds = new ArrayList<>();
    List<Throwable> errors = new ArrayList<>();
    HookedDisk.hook((action, path) -> turns.step());
    Runnable contender =
        () -> {
          try {
            Lease lease = Lease.acquire(CONF, raced, BEAT, time -> turns.step());
            Hold hold =
                new Hold(clock.incrementAndGet(), new ArrayList<>(), new AtomicInteger(1 << 30));
            holds.add(hold);
            try (lease) {
              for (int i = 0; i < 3; i++) {
                int began = clock.incrementAndGet();
                lease.check();
                hold.checks.add(began);
              }
              hold.until.set(clock.incrementAndGet());
            }
          } catch (UserException e) {
            assertTrue(e.getMessage().contains("is being written by"), e.getMessage());
          } catch (Throwable e) {
            errors.add(e);
          }
        };
    turns.run(Collections.nCopies(contenders, contender));
    HookedDisk.unhook();
    assertEquals(List.of(), errors, "seed " + seed);
    for (Hold earlier : holds) {
      for (Hold later : holds) {
        if (earlier.from < later.from) {
          if (!doubtful) {
            assertTrue(earlier.until.get() < later.from, "two hold it, seed " + seed);
          }
          assertTrue(
              earlier.checks.stream().allMatch(began -> began < later.from),
              "an ousted one passed a check, seed " + seed);
        }
      }
    }
    elsewhere(false);
    Lease.acquire(CONF, raced, BEAT, NO_WAIT).close();
    assertEquals(0, place.toFile().list().length, "seed " + seed);
    return holds.size();
  }

  @Test
  void whereverItsProcessIsKilledTheNextComesToHoldIt() {
    boolean survived = false;
    for (int n = 1; !survived; n++) {
      Path place = dir.resolve("killed-" + n);
      URI killed = URI.create("hooked://" + place);
      AtomicInteger left = new AtomicInteger(n);
      HookedDisk.hook(
          (action, path) -> {
            if (left.decrementAndGet() < 0) {
              throw new IOException("killed");
            }
          });
      elsewhere(true);
      try {
        Lease lease = Lease.acquire(CONF, killed, BEAT, NO_WAIT);
        lease.beat();
        lease.close();
      } catch (UserException e) {
        assertTrue(e.getMessage().endsWith("killed"), e.getMessage());
      }
      survived = left.get() >= 0;
      HookedDisk.unhook();
      elsewhere(false);
      try (Lease next = Lease.acquire(CONF, killed, BEAT, NO_WAIT)) {
        next.check();
      }
      assertEquals(0, place.toFile().list().length, "killed at action " + n);
    }
  }
}
