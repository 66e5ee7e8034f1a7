package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is stopped by a signal for longer than its lease, and then continues. */
class SuspendedProcessIT {
  @TempDir Path dir;

  /** Writes files of an artefact under a lease, again and again: directory. */
  public static final class Holder {
    private Holder() {}

    /** Prints why it may not continue. */
    @SuppressForbidden("the test reads what it prints")
    public static void main(String[] args) throws IOException {
      Configuration conf = new Configuration();
      URI dir = URI.create(args[0]);
      try (Lease lease = Lease.acquire(conf, dir)) {
        ArtifactWriter writer =
            ArtifactWriter.create(conf, dir, ArtifactKind.CHECKPOINT, lease.token());
        System.out.println("holds it");
        while (true) {
          try (OutputStream out = writer.output("weights")) {
            out.write(1);
          }
        }
      } catch (UserException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  private static void signal(JavaProcess process, String name) throws Exception {
    long pid = process.handle().pid();
    assertEquals(0, new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor());
  }

  @Test
  void whenItContinuesItWritesNothingMore() throws Exception {
    Configuration conf = new Configuration();
    URI uri = dir.resolve("held").toUri();
    String settings = "-Dddpm.lease.beat-millis=50 -Dddpm.lease.machine=elsewhere";
    try (JavaProcess other =
        JavaProcess.start(
            dir.resolve("log"),
            Map.of("JAVA_TOOL_OPTIONS", settings),
            Pattern.compile("^(holds it)$"),
            "128m",
            Holder.class.getName(),
            List.of(uri.toString()))) {
      other.announced();
      signal(other, "STOP");
      try (Lease lease = Lease.acquire(conf, uri)) {
        ArtifactWriter writer =
            ArtifactWriter.create(conf, uri, ArtifactKind.CHECKPOINT, lease.token());
        try (OutputStream out = writer.output("weights")) {
          out.write(1);
        }
        writer.commit(Manifest.builder(ArtifactKind.CHECKPOINT));
        signal(other, "CONT");
        assertEquals(0, other.exitCode());
        lease.check();
      }
    }
    String said = Files.readString(dir.resolve("log"));
    assertTrue(said.contains("refused: " + uri + " is being written by process "), said);
    assertEquals(List.of(), Artifact.verify(conf, uri));
    assertEquals(2, dir.resolve("held").toFile().list().length, "manifest and weights");
  }
}
