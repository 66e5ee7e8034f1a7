package io.sparkddpm.spark.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The processes of this machine, as Linux shows them. A process is known by its number and by its
 * start in clock ticks since the kernel's start, which no change of the clock moves. Numbers mean
 * the same only in one start of the kernel and one namespace of process numbers: that is a machine
 * here, so that two containers of one host are two.
 *
 * @param proc where the kernel shows its processes: {@code /proc}
 */
record LocalProcesses(Path proc) {
  /** Ours. */
  static final LocalProcesses OURS = new LocalProcesses(Path.of("/proc"));

  /** Set as a system property, lets a process of a test pass for one of another machine. */
  static final String MACHINE = "ddpm.lease.machine";

  /** Index of fields of a process's {@code stat}, counted after its name. */
  private static final int STATE = 0;

  private static final int THREADS = 17;
  private static final int START = 19;

  /** What is certain of a process. */
  enum Life {
    ALIVE,
    DEAD,
    UNKNOWN
  }

  /** Name of the machine; empty where it is unknown. */
  String machine() {
    String named = System.getProperty(MACHINE);
    if (named != null) {
      return named;
    }
    try {
      long self = Long.parseLong(Files.readSymbolicLink(proc.resolve("self")).toString());
      return self == ProcessHandle.current().pid()
          ? Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip()
              + " "
              + Files.readSymbolicLink(proc.resolve("self/ns/pid"))
          : ""; // the files show another namespace's processes
    } catch (IOException | UnsupportedOperationException | NumberFormatException e) {
      return "";
    }
  }

  /** When a process started, and by which clock; empty where it is unknown. */
  String start(long pid) {
    try {
      return start(stat(pid));
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Whether a process of this machine lives.
   *
   * @param start as {@link #start} returned it
   */
  Life life(long pid, String start) {
    List<String> stat;
    try {
      stat = stat(pid);
    } catch (NoSuchFileException e) {
      // Where others' processes are hidden, the first one is too.
      return Files.exists(proc.resolve("1/stat")) ? Life.DEAD : Life.UNKNOWN;
    } catch (IOException e) {
      return Life.UNKNOWN;
    }
    String now = start(stat);
    if (now.equals(start)) {
      boolean gone = "ZX".contains(stat.get(STATE)) && Integer.parseInt(stat.get(THREADS)) <= 1;
      return gone ? Life.DEAD : Life.ALIVE; // its parent has not asked for its exit code yet
    }
    boolean sameClock = !start.isEmpty() && clock(start).equals(clock(now));
    return sameClock ? Life.DEAD : Life.UNKNOWN;
  }

  private List<String> stat(long pid) throws IOException {
    String line =
        new String(Files.readAllBytes(proc.resolve(pid + "/stat")), StandardCharsets.ISO_8859_1);
    List<String> fields = List.of(line.substring(line.lastIndexOf(')') + 1).strip().split(" "));
    if (fields.size() <= START) {
      throw new IOException("not the state of a process: " + line);
    }
    return fields;
  }

  private String start(List<String> stat) {
    String clock;
    try {
      clock = Files.readSymbolicLink(proc.resolve("self/ns/time")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      clock = "time"; // an older kernel has one for all
    }
    return stat.get(START) + " " + clock;
  }

  private static String clock(String start) {
    return start.substring(start.indexOf(' ') + 1);
  }
}
