package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest {
  private final Configuration conf = new Configuration();
  @TempDir Path temp;
  private Path local;
  private URI dir;

  @BeforeEach
  void place() {
    local = temp.resolve("an artefact");
    dir = Locations.parse(conf, local.toString());
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

  private static void refused(String expected, Executable action) {
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
    try (Stream<Path> files = Files.walk(local)) {
      assertEquals(3, files.filter(Files::isRegularFile).count(), "no .crc files");
    }
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
    refused("was never finished", () -> Artifact.open(conf, dir));
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
    Path manifest = local.resolve(Manifest.FILE_NAME);
    byte[] json = Files.readAllBytes(manifest);
    for (int n : new int[] {0, 1, json.length / 2, json.length - 3}) {
      Files.write(manifest, Arrays.copyOf(json, n));
      assertFalse(Artifact.exists(conf, dir), "cut at " + n);
      refused("_manifest.json is cut off after " + n, () -> Artifact.open(conf, dir));
    }
    write(); // may be made again over the leftovers
    assertEquals(List.of(), Artifact.open(conf, dir).verify());
  }

  @Test
  void everyDamageIsNamed() throws IOException {
    Artifact artifact = write();
    Path a = local.resolve("sub/a.bin");
    Files.write(a, new byte[] {1, 2, 3, 4});
    refused("sub/a.bin has 4 bytes, its manifest says 5", () -> artifact.read("sub/a.bin"));
    Files.write(a, new byte[] {1, 2, 3, 4, 6});
    refused("sub/a.bin is damaged: its SHA-256 is ", () -> artifact.read("sub/a.bin"));
    refused(
        "sub/a.bin is damaged: its SHA-256 is ", () -> artifact.input("sub/a.bin").readAllBytes());
    Files.delete(a);
    refused("sub/a.bin is missing, though the manifest lists it", () -> artifact.read("sub/a.bin"));
    assertEquals(1, artifact.verify().size());
    refused("lists no file other", () -> artifact.read("other"));
    refused("holds a samples, not a dataset", () -> Artifact.open(conf, dir, ArtifactKind.DATASET));
    Path manifest = local.resolve(Manifest.FILE_NAME);
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replace("\"formatVersion\" : 1", "\"formatVersion\" : 7"));
    refused("samples format 7", () -> Artifact.open(conf, dir));
    refused("samples format 7", () -> ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES));
    Files.writeString(manifest, json.replace("\"images\" : 2", "\"images\" : 3"));
    refused("was altered after it was written", () -> Artifact.exists(conf, dir));
    Files.writeString(manifest, "{}");
    refused("is not a manifest of this program", () -> Artifact.exists(conf, dir));
  }

  @Test
  void aFileThatVanishedBeforeTheCommitStopsIt() throws IOException {
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.RUN);
    writer.output("x").close();
    Files.delete(local.resolve("x"));
    refused(
        "x was written but is not there", () -> writer.commit(Manifest.builder(ArtifactKind.RUN)));
    assertFalse(Artifact.exists(conf, dir));
  }

  @Test
  void leftoversGoAndAddedFilesStay() throws IOException {
    Pattern ours = Pattern.compile("part-.*\\.bin");
    Files.createDirectories(local);
    Files.writeString(local.resolve("part-9.bin"), "old");
    Files.writeString(local.resolve(Manifest.FILE_NAME), "{\"kind");
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES);
    writer.discardLeftovers(ours);
    writer.discardOtherAttempts("absent", "part-", ".bin");
    writer.output("part-0.bin").close();
    Files.writeString(local.resolve("part-1.attempt-1.bin"), "lost race");
    Files.writeString(local.resolve("mine.txt"), "not ours");
    writer.discardOtherAttempts("", "part-", ".bin");
    assertEquals(List.of("mine.txt", "part-0.bin"), names());
    refused("holds mine.txt, which is no part of a samples", () -> writer.discardLeftovers(ours));
    assertEquals(List.of("mine.txt", "part-0.bin"), names());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(local)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
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
    Files.write(local.resolve("checkpoints/step-1/weights"), new byte[] {1, 2, 4});
    List<String> problems = Artifact.verify(conf, dir);
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).contains("checkpoints/step-1/weights is damaged"), problems.get(0));
    assertEquals(1, Artifact.verify(conf, Locations.resolve(dir, "nowhere")).size());
  }

  @Test
  void locationsAreMadeAbsolute() {
    assertEquals("file", Locations.parse(conf, "some/where").getScheme());
    assertTrue(Locations.parse(conf, "some/where").getPath().startsWith("/"));
    refused("an empty location", () -> Locations.parse(conf, " "));
    refused(
        "cannot reach the file system of nosuch://a/b",
        () -> Locations.parse(conf, "nosuch://a/b"));
    assertThrows(IllegalArgumentException.class, () -> Locations.resolve(dir, "../x"));
  }

  @Test
  void theConfigurationTravels() throws Exception {
    Configuration original = new Configuration(false);
    original.set("some.key", "wert");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(HadoopConf.of(original));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertEquals("wert", ((HadoopConf) in.readObject()).get().get("some.key"));
    }
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new FileEntry("a", 1, "0".repeat(64)));
    }
  }
}
