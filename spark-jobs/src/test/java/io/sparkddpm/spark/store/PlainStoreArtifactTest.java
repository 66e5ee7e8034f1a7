package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Artefacts on a file system that promises little. */
class PlainStoreArtifactTest extends ArtifactContract {
  @TempDir private static Path temp;

  @Override
  Configuration configuration() {
    return PlainStore.configuration();
  }

  @Override
  URI root() {
    return URI.create(PlainStore.SCHEME + "://" + temp.toUri().getPath());
  }

  @Test
  void aFileThatIsGivenUpReplacesNothing() throws IOException {
    Configuration conf = configuration();
    PlainFile.write(conf, Locations.resolve(dir(), "x"), "whole".getBytes(StandardCharsets.UTF_8));
    try (Lease lease = Lease.acquire(conf, dir())) {
      ArtifactOutput out = ArtifactOutput.replacing(conf, lease.token(), dir(), "x");
      out.write(new byte[] {1, 2}, 0, 2);
      out.abort();
    }
    FileSystem fs = Locations.fileSystem(conf, dir());
    FileStatus[] left = fs.listStatus(new org.apache.hadoop.fs.Path(dir()));
    assertEquals(List.of("x"), Arrays.stream(left).map(s -> s.getPath().getName()).toList());
    assertArrayEquals(
        "whole".getBytes(StandardCharsets.UTF_8),
        PlainFile.read(conf, Locations.resolve(dir(), "x")));
  }

  @Test
  void aConnectorThatIsMissingIsNamed() {
    Configuration conf = configuration();
    String advice = "its connector is not on the class path; add ";
    refused(
        "cannot reach the file system of abfss://c@a.dfs.core.windows.net/x: "
            + advice
            + "org.apache.hadoop:hadoop-azure:3.",
        () -> Locations.parse(conf, "abfss://c@a.dfs.core.windows.net/x"));
    refused(
        "cannot reach the file system of gs://bucket/x: "
            + advice
            + "com.google.cloud.bigdataoss:gcs-connector",
        () -> Locations.parse(conf, "gs://bucket/x"));
    refused("scheme \"nosuch\"", () -> Locations.parse(conf, "nosuch://bucket/x"));
  }
}
