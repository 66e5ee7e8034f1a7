package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.FileEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest extends ArtifactContract {
  private final Configuration conf = new Configuration();
  @TempDir private Path temp;

  @Override
  Configuration configuration() {
    return conf;
  }

  @Override
  URI root() {
    return Locations.parse(conf, temp.toString());
  }

  @Test
  void locationsAreMadeAbsolute() {
    assertEquals("file", Locations.parse(conf, "some/where").getScheme());
    assertTrue(Locations.parse(conf, "some/where").getPath().startsWith("/"));
    refused("an empty location", () -> Locations.parse(conf, " "));
    refused(
        "cannot reach the file system of nosuch://a/b",
        () -> Locations.parse(conf, "nosuch://a/b"));
    assertThrows(IllegalArgumentException.class, () -> Locations.resolve(dir(), "../x"));
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
