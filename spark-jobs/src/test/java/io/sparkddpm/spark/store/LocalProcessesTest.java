package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.spark.store.LocalProcesses.Life;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be known of processes, by files as a kernel shows them. */
class LocalProcessesTest {
  private static final long PID = ProcessHandle.current().pid();

  @TempDir Path proc;
  private LocalProcesses processes;

  @BeforeEach
  void kernel() throws IOException {
    processes = new LocalProcesses(proc);
    Files.createDirectories(proc.resolve("sys/kernel/random"));
    Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "b\n");
    process(1, 'S', 1, 5);
    process(PID, 'S', 9, 700);
    Files.createDirectories(proc.resolve(PID + "/ns"));
    Files.createSymbolicLink(proc.resolve(PID + "/ns/pid"), Path.of("pid:[1]"));
    clock("time:[1]");
    Files.createSymbolicLink(proc.resolve("self"), Path.of(Long.toString(PID)));
  }

  private void process(long pid, char state, int threads, long ticks) throws IOException {
    Path dir = Files.createDirectories(proc.resolve(Long.toString(pid)));
    Files.writeString(
        dir.resolve("stat"),
        pid
            + " (a b) c) "
            + state
            + " 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 "
            + threads
            + " 0 "
            + ticks
            + " 23 24\n");
  }

  private void clock(String name) throws IOException {
    Path link = proc.resolve(PID + "/ns/time");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(name));
  }

  @Test
  void aMachineIsOneStartOfAKernelAndOneNumbering() throws IOException {
    assertEquals("b pid:[1]", processes.machine());
    Files.delete(proc.resolve("self"));
    Files.createSymbolicLink(proc.resolve("self"), Path.of("123456789"));
    assertEquals("", processes.machine()); // another namespace's files
  }

  @Test
  void aProcessIsKnownByItsNumberAndStart() throws IOException {
    String start = processes.start(PID);
    assertEquals("700 time:[1]", start);
    assertEquals(Life.ALIVE, processes.life(PID, start));
    assertEquals(Life.DEAD, processes.life(PID, "699 time:[1]"));
    assertEquals(Life.DEAD, processes.life(4_000_000_000L, start));
    process(PID, 'T', 9, 700);
    assertEquals(Life.ALIVE, processes.life(PID, start)); // suspended
  }

  @Test
  void whoIsDeadAndNotYetReapedIsDead() throws IOException {
    String start = processes.start(PID);
    process(PID, 'Z', 1, 700);
    assertEquals(Life.DEAD, processes.life(PID, start));
    process(PID, 'Z', 3, 700); // its first thread alone has ended
    assertEquals(Life.ALIVE, processes.life(PID, start));
  }

  @Test
  void inDoubtNobodyIsDead() throws IOException {
    assertEquals(Life.UNKNOWN, processes.life(PID, "")); // of an earlier version
    String start = processes.start(PID);
    clock("time:[2]");
    assertEquals(Life.UNKNOWN, processes.life(PID, "699 time:[1]"));
    assertEquals(Life.UNKNOWN, processes.life(PID, start));
    Files.delete(proc.resolve("1/stat")); // others' processes are hidden
    assertEquals(Life.UNKNOWN, processes.life(4_000_000_000L, start));
  }
}
