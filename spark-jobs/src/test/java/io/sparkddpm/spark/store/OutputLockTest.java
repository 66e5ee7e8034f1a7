package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputLockTest {
  private static final Configuration CONF = new Configuration();
  @TempDir private Path dir;

  private URI uri() {
    return Locations.parse(CONF, dir.toString());
  }

  private Path file() {
    return dir.resolve(OutputLock.FILE_NAME);
  }

  @Test
  void oneAtATime() {
    try (OutputLock lock = OutputLock.acquire(CONF, uri())) {
      lock.check();
      UserException e = assertThrows(UserException.class, () -> OutputLock.acquire(CONF, uri()));
      long pid = ProcessHandle.current().pid();
      assertTrue(e.getMessage().contains("is being written by process " + pid), e.getMessage());
    }
    assertFalse(Files.exists(file()));
    OutputLock.acquire(CONF, uri()).close();
  }

  @Test
  void aDeadHolderLosesIt() throws IOException, InterruptedException {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    OutputLock.acquire(CONF, uri());
    String json = Files.readString(file());
    String pid = "\"pid\":" + ProcessHandle.current().pid();
    Files.writeString(file(), json.replace(pid, "\"pid\":" + gone.pid()));
    OutputLock.acquire(CONF, uri()).close();

    Files.writeString(file(), json.replaceAll("\"host\":\"[^\"]*\"", "\"host\":\"elsewhere\""));
    UserException e = assertThrows(UserException.class, () -> OutputLock.acquire(CONF, uri()));
    assertTrue(e.getMessage().contains("on elsewhere since "), e.getMessage());
    assertTrue(
        e.getMessage().contains("if that process is certainly dead, delete "), e.getMessage());
  }

  @Test
  void whoLostItMayNotGoOn() throws IOException {
    OutputLock first = OutputLock.acquire(CONF, uri());
    Files.delete(file());
    assertTrue(assertThrows(UserException.class, first::check).getMessage().contains("is gone"));
    OutputLock second = OutputLock.acquire(CONF, uri());
    assertThrows(UserException.class, first::check);
    first.close();
    second.check();
    second.close();
    Files.writeString(file(), "{\"id");
    UserException e = assertThrows(UserException.class, () -> OutputLock.acquire(CONF, uri()));
    assertTrue(e.getMessage().contains("by an unknown process"), e.getMessage());
    assertEquals("{\"id", Files.readString(file()));
  }
}
