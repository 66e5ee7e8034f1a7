package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.HdfsCluster;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around a job, each with the one line that a person gets; docs/bad-days.md. */
class BadDaysIT {
  @TempDir private static Path dir;
  private static HdfsCluster hdfs;
  private static Path images;

  @BeforeAll
  static void start() throws IOException {
    hdfs = HdfsCluster.start(dir);
    images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 400);
    }
  }

  @AfterAll
  static void stop() {
    if (hdfs != null) {
      hdfs.close();
    }
  }

  private static List<String> shard(Object input, Object output, String... more) {
    List<String> all = new ArrayList<>();
    all.add("shard");
    all.add("--input=" + input);
    all.add("--output=" + output);
    all.add("--set=shard.records-per-shard=100");
    all.add("--spark-conf=spark.master=local[2]");
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void aWrongLocation() {
    String nowhere = dir.resolve("out").toString();
    Said.refused("input file:///no/such/file does not exist", shard("/no/such/file", nowhere));
    Said.refused("No FileSystem for scheme \"s4a\"", shard("s4a://bucket/x", nowhere));
    Said.refused(
        "unknown host no-such-host.invalid", shard("hdfs://no-such-host.invalid/x", nowhere));
    Said.refused(
        "a location must not hold credentials", shard("s3a://key:secret@bucket/x", nowhere));
  }

  @Test
  void noPermissionAndNoSpaceOnHdfs() throws Exception {
    DistributedFileSystem fs = hdfs.miniCluster().getFileSystem();
    org.apache.hadoop.fs.Path closed = new org.apache.hadoop.fs.Path("/closed");
    fs.mkdirs(closed, new FsPermission((short) 0700));
    Said said =
        UserGroupInformation.createRemoteUser("somebody")
            .doAs(
                (PrivilegedExceptionAction<Said>)
                    () -> Said.run(shard(images, Locations.resolve(hdfs.uri(), "closed/dataset"))));
    assertEquals(Cli.BAD_INPUT, said.code(), said.text());
    assertTrue(said.line().contains("Permission denied: user=somebody"), said.text());

    org.apache.hadoop.fs.Path small = new org.apache.hadoop.fs.Path("/small");
    fs.mkdirs(small);
    long block = fs.getDefaultBlockSize(small);
    fs.setQuota(small, HdfsConstants.QUOTA_DONT_SET, 2 * block);
    URI output = Locations.resolve(hdfs.uri(), "small/dataset");
    Said full = Said.run(shard(images, output));
    assertEquals(Cli.BAD_INPUT, full.code(), full.text());
    assertTrue(full.line().contains("quota"), full.text());
    assertFalse(Artifact.exists(hdfs.configuration(), output));
    fs.setQuota(small, HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
    assertEquals(Cli.OK, Said.run(shard(images, output)).code());
    assertEquals(List.of(), Artifact.verify(hdfs.configuration(), output));
  }

  @Test
  void clocksThatDisagree() throws IOException {
    Path dataset = dir.resolve("skewed");
    assertEquals(Cli.OK, Said.run(shard(images, dataset)).code());
    FileTime now = Files.getLastModifiedTime(images);
    for (Duration skew : List.of(Duration.ofDays(400), Duration.ofDays(-4000))) {
      Files.setLastModifiedTime(images, FileTime.from(now.toInstant().plus(skew)));
      Said again = Said.run(shard(images, dataset));
      assertEquals(Cli.OK, again.code(), again.text());
      assertTrue(again.text().contains("(were there already)"), again.text());
    }
    Files.setLastModifiedTime(images, now);
  }

  @Test
  void aHalfDeletedDataset() throws IOException {
    Path dataset = dir.resolve("half");
    assertEquals(Cli.OK, Said.run(shard(images, dataset)).code());
    Files.delete(dataset.resolve("part-00002.parquet"));
    List<String> train =
        List.of(
            "train",
            "--dataset=" + dataset,
            "--run=" + dir.resolve("half-run"),
            "--set=model.channels=32",
            "--set=model.multipliers=[1,1]",
            "--set=model.blocks=1",
            "--set=model.attention=[]",
            "--set=training.batch-size=4",
            "--set=training.steps=100",
            "--set=training.checkpoint-every=1",
            "--set=training.sample-every=0",
            "--spark-conf=spark.master=local[2]");
    Said.refused("part-00002.parquet is missing, though the manifest lists it", train);
    Said.refused("the dataset is damaged", shard(images, dataset));
    Said verified = Said.run(List.of("verify", dataset.toString()));
    assertEquals(Cli.BAD_INPUT, verified.code());
    assertTrue(verified.text().contains("part-00002.parquet is missing"), verified.text());
    Files.delete(dataset.resolve("_manifest.json"));
    Said.refused("has no _manifest.json: it was never finished", train);
    assertEquals(Cli.OK, Said.run(shard(images, dataset)).code());
  }

  @Test
  void twoAtOnce() {
    Path output = dir.resolve("contested");
    Configuration conf = new Configuration();
    URI uri = Locations.parse(conf, output + "/dataset");
    try (Lease lease = Lease.acquire(conf, uri)) {
      Said.refused("is being written by process", shard(images, output + "/dataset"));
      Said.refused(
          "is being written by process",
          List.of(
              "pipeline",
              "--input=" + images,
              "--output=" + output,
              "--spark-conf=spark.master=local[2]"));
      lease.check();
    }
    assertEquals(Cli.OK, Said.run(shard(images, output + "/dataset")).code());
  }

  @Test
  void aWorkerWithAnotherVersion() throws IOException {
    Path other = dir.resolve("other/io/sparkddpm/artifact");
    Files.createDirectories(other);
    Files.writeString(other.resolve("version.properties"), "version=9.8.7\n");
    Path scratch = Files.createDirectories(dir.resolve("cluster"));
    try (LocalCluster cluster = LocalCluster.start(scratch, 1, 1, "2g")) {
      Map<String, String> settings = new TreeMap<>(cluster.settings(1));
      settings.merge(
          "spark.executor.extraClassPath",
          dir.resolve("other").toString(),
          (path, first) -> first + ":" + path);
      settings.put("spark.executor.memory", "512m");
      settings.put("spark.executor.memoryOverhead", "1g");
      List<String> arguments = new ArrayList<>(shard(images, dir.resolve("versions")));
      arguments.removeIf(a -> a.contains("spark.master=local"));
      settings.forEach((k, v) -> arguments.add("--spark-conf=" + k + "=" + v));
      Said said = Said.run(arguments);
      assertEquals(Cli.BAD_INPUT, said.code(), said.text());
      String expected = "the driver runs spark-ddpm " + SoftwareVersion.CURRENT;
      assertTrue(said.line().contains(expected), said.text());
      assertTrue(said.line().contains("runs 9.8.7"), said.text());
    }
  }
}
