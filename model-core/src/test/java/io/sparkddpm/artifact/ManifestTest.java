package io.sparkddpm.artifact;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private static final String SHA = "0".repeat(63) + "a";

  private static Manifest.Builder sample() {
    return Manifest.builder(ArtifactKind.DATASET)
        .config("shard.image-size", 32)
        .config("shard.format", "cifar10")
        .seed("run", -7L)
        .input("file:///somewhere/batch.bin", "abc")
        .count("images", 10_000)
        .property("class-names", "airplane,Früchte")
        .file(new FileEntry("part-00001.parquet", 10, SHA).withRecords(5))
        .file(new FileEntry("part-00000.parquet", 11, SHA));
  }

  private static String text(Manifest m) {
    return new String(m.toJson(), StandardCharsets.UTF_8);
  }

  private static UserException refused(String json) {
    return assertThrows(
        UserException.class,
        () -> Manifest.fromJson(json.getBytes(StandardCharsets.UTF_8), "here/_manifest.json"));
  }

  @Test
  void jsonRoundTripKeepsEverything() {
    Manifest m = sample().note("host", "h1").build();
    Manifest back = Manifest.fromJson(m.toJson(), "x");
    assertEquals(m, back);
    assertEquals(m.fingerprint(), back.fingerprint());
    assertArrayEquals(m.toJson(), back.toJson());
    assertTrue(text(m).contains("\"softwareVersion\" : \"" + SoftwareVersion.CURRENT + "\""));
    assertTrue(SoftwareVersion.CURRENT.matches("\\d+\\.\\d+\\.\\d+.*"), SoftwareVersion.CURRENT);
  }

  @Test
  void fingerprintIgnoresPlaceTimeAndAttempt() {
    Manifest.Builder elsewhere =
        Manifest.builder(ArtifactKind.DATASET)
            .config("shard.format", "cifar10")
            .config("shard.image-size", 32)
            .seed("run", -7L)
            .input("s3a://bucket/batch.bin", "abc")
            .count("images", 10_000)
            .property("class-names", "airplane,Früchte")
            .note("host", "another")
            .file(new FileEntry("part-00000.parquet", 11, SHA))
            .file(new FileEntry("part-00001.attempt-3.parquet", "part-00001.parquet", 10, SHA, 5L));
    assertEquals(sample().build().fingerprint(), elsewhere.build().fingerprint());
  }

  @Test
  void fingerprintSeesEveryPartOfTheContent() {
    String base = sample().build().fingerprint();
    assertNotEquals(base, sample().config("shard.image-size", 64).build().fingerprint());
    assertNotEquals(base, sample().seed("run", 8).build().fingerprint());
    assertNotEquals(base, sample().input("file:///b", "def").build().fingerprint());
    assertNotEquals(base, sample().count("images", 9_999).build().fingerprint());
    assertNotEquals(base, sample().property("class-names", "x").build().fingerprint());
    assertNotEquals(base, sample().file(new FileEntry("z", 1, SHA)).build().fingerprint());
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] json = sample().build().toJson();
    for (int n = 0; n < json.length - 1; n++) { // the last byte is the line end
      byte[] cut = Arrays.copyOf(json, n);
      UserException e =
          assertThrows(UserException.class, () -> Manifest.fromJson(cut, "here/_manifest.json"));
      assertTrue(e.getMessage().startsWith("here/_manifest.json "), e.getMessage());
    }
    assertThrows(
        IncompleteManifestException.class,
        () -> Manifest.fromJson(Arrays.copyOf(json, json.length / 2), "x"));
    assertThrows(IncompleteManifestException.class, () -> Manifest.fromJson(new byte[0], "x"));
  }

  @Test
  void anyAlteredFieldIsRefused() {
    String json = text(sample().note("host", "h1").build());
    for (String[] change :
        new String[][] {
          {"10000", "10001"}, {"\"h1\"", "\"h2\""}, {"somewhere", "elsewhere"}, {"airplane", "bird"}
        }) {
      UserException e = refused(json.replace(change[0], change[1]));
      assertTrue(e.getMessage().contains("was altered after it was written"), e.getMessage());
    }
  }

  @Test
  void foreignAndNewerManifestsAreNamed() {
    String json = text(sample().build());
    assertTrue(refused("[1, 2]").getMessage().contains("is not a manifest of this program"));
    assertTrue(refused("{\"a\": 1}").getMessage().contains("is not a manifest of this program"));
    assertTrue(refused("PAR1").getMessage().contains("is not JSON"));
    assertEquals(
        "here/_manifest.json is of kind 'cake', written by version "
            + SoftwareVersion.CURRENT
            + "; this version "
            + SoftwareVersion.CURRENT
            + " knows dataset, run, checkpoint, samples, stats, fid, evaluation, encoding",
        refused(json.replace("\"dataset\"", "\"cake\"")).getMessage());
    String newer =
        refused(json.replace("\"formatVersion\" : 2", "\"formatVersion\" : 9")).getMessage();
    assertTrue(newer.contains("dataset format 9"), newer);
    assertTrue(newer.contains("up to format 2"), newer);
    String missing = refused("{\"kind\": \"run\", \"formatVersion\": 1}").getMessage();
    assertTrue(missing.contains("field 'config' is missing"), missing);
  }

  @Test
  void pathsStayInside() {
    for (String bad : new String[] {"", "/a", "../a", "a/../b", "a//b", "file:a", "a\\b", "."}) {
      assertThrows(IllegalArgumentException.class, () -> new FileEntry(bad, 1, SHA), bad);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> sample().file(new FileEntry("part-00001.parquet", 1, SHA)).build());
  }
}
