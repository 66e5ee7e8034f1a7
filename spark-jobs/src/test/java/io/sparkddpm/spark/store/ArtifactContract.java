package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What every file system must do for artefacts; a subclass brings one that is really there. */
abstract class ArtifactContract {
  private static final AtomicInteger PLACES = new AtomicInteger();

  private Configuration conf;
  private URI dir;

  /** How the file system is reached. */
  abstract Configuration configuration();

  /** A directory on it that is there. */
  abstract URI root();

  /** Whether a file that is being written shows in its directory. */
  boolean openFilesShow() {
    return true;
  }

  @BeforeEach
  void place() {
    conf = configuration();
    dir = Locations.resolve(root(), "an artefact " + PLACES.incrementAndGet());
  }

  final URI dir() {
    return dir;
  }

  private FileSystem fs() {
    return Locations.fileSystem(conf, dir);
  }

  private static org.apache.hadoop.fs.Path path(URI uri) {
    return new org.apache.hadoop.fs.Path(uri);
  }

  private org.apache.hadoop.fs.Path file(String relative) {
    return path(Locations.resolve(dir, relative));
  }

  private void put(String relative, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = fs().create(file(relative), true)) {
      out.write(bytes);
    }
  }

  private void put(String relative, String text) throws IOException {
    put(relative, text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] get(String relative) throws IOException {
    try (FSDataInputStream in = fs().open(file(relative))) {
      return in.readAllBytes();
    }
  }

  private Artifact write() throws IOException {
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES);
    try (OutputStream out = writer.output("sub/a.bin")) {
      out.write(new byte[] {1, 2, 3, 4});
      out.write(5);
    }
    try (ArtifactOutput out = ArtifactOutput.create(conf, dir, "b.attempt-2.txt", "b.txt")) {
      out.write("hello".getBytes(StandardCharsets.UTF_8));
      out.close();
      writer.add(out.entry().withRecords(1));
    }
    return writer.commit(Manifest.builder(ArtifactKind.SAMPLES).count("images", 2));
  }

  static void refused(String expected, Executable action) {
    UserException e = assertThrows(UserException.class, action);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void whatIsCommittedIsReadBack() throws IOException {
    Artifact written = write();
    Artifact read = Artifact.open(conf, dir, ArtifactKind.SAMPLES);
    assertEquals(written.manifest(), read.manifest());
    assertEquals(2, read.manifest().count("images"));
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, read.read("sub/a.bin"));
    assertEquals(1L, read.manifest().file("b.attempt-2.txt").orElseThrow().records());
    assertEquals(List.of(), read.verify());
    TreeSet<String> files = new TreeSet<>();
    RemoteIterator<LocatedFileStatus> all = fs().listFiles(path(dir), true);
    while (all.hasNext()) {
      files.add(all.next().getPath().getName()); // Azurite lists a directory twice
    }
    assertEquals(Set.of("_manifest.json", "a.bin", "b.attempt-2.txt"), files, "no .crc files");
    Artifact.open(conf, dir, ArtifactKind.SAMPLES, written.manifest().fingerprint());
    refused(
        "is not the samples that was used before",
        () -> Artifact.open(conf, dir, ArtifactKind.SAMPLES, "f00"));
  }

  @Test
  void nothingExistsBeforeTheManifest() throws IOException {
    refused("does not exist", () -> Artifact.open(conf, dir));
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.RUN);
    refused("is empty: there is no _manifest.json", () -> Artifact.open(conf, dir));
    OutputStream out = writer.output("x");
    assertFalse(Artifact.exists(conf, dir));
    refused(
        openFilesShow() ? "was never finished" : "is empty: there is no _manifest.json",
        () -> Artifact.open(conf, dir));
    assertThrows(
        IllegalStateException.class,
        () -> writer.commit(Manifest.builder(ArtifactKind.RUN)),
        "an open file cannot be committed");
    out.close();
    writer.commit(Manifest.builder(ArtifactKind.RUN));
    assertTrue(Artifact.exists(conf, dir));
    refused("already holds a run", () -> ArtifactWriter.create(conf, dir, ArtifactKind.RUN));
  }

  @Test
  void aHalfWrittenManifestCountsAsNone() throws IOException {
    write();
    byte[] json = get(Manifest.FILE_NAME);
    for (int n : new int[] {0, 1, json.length / 2, json.length - 3}) {
      put(Manifest.FILE_NAME, Arrays.copyOf(json, n));
      assertFalse(Artifact.exists(conf, dir), "cut at " + n);
      refused("_manifest.json is cut off after " + n, () -> Artifact.open(conf, dir));
    }
    write(); // may be made again over the leftovers
    assertEquals(List.of(), Artifact.open(conf, dir).verify());
  }

  @Test
  void everyDamageIsNamed() throws IOException {
    Artifact artifact = write();
    put("sub/a.bin", new byte[] {1, 2, 3, 4});
    refused("sub/a.bin has 4 bytes, its manifest says 5", () -> artifact.read("sub/a.bin"));
    put("sub/a.bin", new byte[] {1, 2, 3, 4, 6});
    refused("sub/a.bin is damaged: its SHA-256 is ", () -> artifact.read("sub/a.bin"));
    refused(
        "sub/a.bin is damaged: its SHA-256 is ", () -> artifact.input("sub/a.bin").readAllBytes());
    assertTrue(fs().delete(file("sub/a.bin"), false));
    refused("sub/a.bin is missing, though the manifest lists it", () -> artifact.read("sub/a.bin"));
    assertEquals(1, artifact.verify().size());
    refused("lists no file other", () -> artifact.read("other"));
    refused("holds a samples, not a dataset", () -> Artifact.open(conf, dir, ArtifactKind.DATASET));
    String json = new String(get(Manifest.FILE_NAME), StandardCharsets.UTF_8);
    put(Manifest.FILE_NAME, json.replace("\"formatVersion\" : 1", "\"formatVersion\" : 7"));
    refused("samples format 7", () -> Artifact.open(conf, dir));
    refused("samples format 7", () -> ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES));
    put(Manifest.FILE_NAME, json.replace("\"images\" : 2", "\"images\" : 3"));
    refused("was altered after it was written", () -> Artifact.exists(conf, dir));
    put(Manifest.FILE_NAME, "{}");
    refused("is not a manifest of this program", () -> Artifact.exists(conf, dir));
  }

  @Test
  void aFileThatVanishedBeforeTheCommitStopsIt() throws IOException {
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.RUN);
    writer.output("x").close();
    assertTrue(fs().delete(file("x"), false));
    refused(
        "x was written but is not there", () -> writer.commit(Manifest.builder(ArtifactKind.RUN)));
    assertFalse(Artifact.exists(conf, dir));
  }

  @Test
  void leftoversGoAndAddedFilesStay() throws IOException {
    Pattern ours = Pattern.compile("part-.*\\.bin");
    put("part-9.bin", "old");
    put(Manifest.FILE_NAME, "{\"kind");
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES);
    writer.discardLeftovers(ours);
    writer.discardOtherAttempts("absent", "part-", ".bin");
    writer.output("part-0.bin").close();
    put("part-1.attempt-1.bin", "lost race");
    put("mine.txt", "not ours");
    writer.discardOtherAttempts("", "part-", ".bin");
    assertEquals(List.of("mine.txt", "part-0.bin"), names());
    refused("holds mine.txt, which is no part of a samples", () -> writer.discardLeftovers(ours));
    assertEquals(List.of("mine.txt", "part-0.bin"), names());
  }

  private List<String> names() throws IOException {
    return Arrays.stream(fs().listStatus(path(dir)))
        .map(s -> s.getPath().getName())
        .sorted()
        .toList();
  }

  @Test
  void verifyFindsDamageInArtefactsBelow() throws IOException {
    write();
    URI inner = Locations.resolve(dir, "checkpoints/step-1");
    ArtifactWriter writer = ArtifactWriter.create(conf, inner, ArtifactKind.CHECKPOINT);
    writer.output("weights").write(new byte[] {1, 2, 3});
    assertEquals(List.of(), Artifact.verify(conf, dir));
    assertThrows(
        IllegalStateException.class,
        () -> writer.commit(Manifest.builder(ArtifactKind.CHECKPOINT)));
    ArtifactWriter again = ArtifactWriter.create(conf, inner, ArtifactKind.CHECKPOINT);
    try (OutputStream out = again.output("weights")) {
      out.write(new byte[] {1, 2, 3});
    }
    again.commit(Manifest.builder(ArtifactKind.CHECKPOINT));
    assertEquals(List.of(), Artifact.verify(conf, dir));
    put("checkpoints/step-1/weights", new byte[] {1, 2, 4});
    List<String> problems = Artifact.verify(conf, dir);
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).contains("checkpoints/step-1/weights is damaged"), problems.get(0));
    assertEquals(1, Artifact.verify(conf, Locations.resolve(dir, "nowhere")).size());
  }

  @Test
  void underALeaseFilesTakeTheirNamesWhole() throws IOException {
    put("grid.png", "older");
    try (Lease lease = Lease.acquire(conf, dir)) {
      refused("is being written by process", () -> Lease.acquire(conf, dir));
      ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES, lease.token());
      ArtifactWriter second = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES, lease.token());
      OutputStream out = writer.output("grid.png");
      out.write(new byte[] {1, 2, 3});
      assertArrayEquals("older".getBytes(StandardCharsets.UTF_8), get("grid.png"));
      out.close();
      assertArrayEquals(new byte[] {1, 2, 3}, get("grid.png"));
      Artifact artifact = writer.commit(Manifest.builder(ArtifactKind.SAMPLES));
      assertEquals(lease.token().toString(), artifact.manifest().notes().get(LeaseToken.NOTE));
      refused(
          "was made by another process meanwhile",
          () -> second.commit(Manifest.builder(ArtifactKind.SAMPLES)));
      lease.check();
      lease.beat();
    }
    assertEquals(List.of("_manifest.json", "grid.png"), names());
    Lease.acquire(conf, dir).close();
    assertEquals(List.of("_manifest.json", "grid.png"), names());
  }
}
