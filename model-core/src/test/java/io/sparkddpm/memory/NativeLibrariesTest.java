package io.sparkddpm.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NativeLibrariesTest {
  @Test
  void oneProcessAtATimeLoads() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader says = other.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("loading", says.readLine());
      CountDownLatch loaded = new CountDownLatch(1);
      Thread here = new Thread(() -> NativeLibraries.load(loaded::countDown));
      here.start();
      assertFalse(loaded.await(200, TimeUnit.MILLISECONDS));

      other.getOutputStream().close();

      assertTrue(loaded.await(60, TimeUnit.SECONDS));
      here.join();
    } finally {
      other.destroyForcibly();
    }
  }

  /** Loads for as long as its standard input is open. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) {
      NativeLibraries.load(
          () -> {
            try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
              out.write("loading\n".getBytes(StandardCharsets.UTF_8));
              System.in.read();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
