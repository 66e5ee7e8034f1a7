package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.FaultyProxy;
import io.sparkddpm.spark.store.FaultyProxy.Fault;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.S3Server;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.security.alias.CredentialProvider;
import org.apache.hadoop.security.alias.CredentialProviderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What S3 refuses, each with the one line that a person gets; docs/bad-days.md. */
class S3BadDaysIT {
  private static final AtomicInteger PLACES = new AtomicInteger();

  @TempDir private static Path dir;
  private static S3Server server;
  private static FaultyProxy proxy;
  private static Configuration conf;
  private static Path images;
  private URI output;

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start(dir);
    proxy = FaultyProxy.start(server.port());
    conf = S3Server.configuration(server.port());
    images = dir.resolve("shapes.bin");
    try (OutputStream out = Files.newOutputStream(images)) {
      ShapesImages.write(out, 5, 40);
    }
  }

  @AfterAll
  static void stop() throws IOException {
    if (proxy != null) {
      proxy.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void place() {
    proxy.reset();
    output = URI.create("s3a://" + server.bucket() + "/dataset-" + PLACES.incrementAndGet());
  }

  /** The client corrects its clock by a server's answers. */
  @AfterEach
  void rightClock() throws ReflectiveOperationException {
    Class<?> clock;
    try {
      clock = Class.forName("com.amazonaws.SDKGlobalTime"); // of Hadoop 3.3
    } catch (ClassNotFoundException e) {
      clock = Class.forName("software.amazon.awssdk.core.SdkGlobalTime"); // of Hadoop 3.4
    }
    clock.getMethod("setGlobalTimeOffset", int.class).invoke(null, 0);
  }

  /** A command with keys from a credential store, as people keep them. */
  private static List<String> shard(Object input, Object to, String key, String secret)
      throws IOException {
    Path store = dir.resolve("keys-" + PLACES.incrementAndGet() + ".jceks");
    String provider = "localjceks://file" + store;
    Configuration keys = new Configuration();
    keys.set(CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH, provider);
    CredentialProvider entries = CredentialProviderFactory.getProviders(keys).get(0);
    entries.createCredentialEntry("fs.s3a.access.key", key.toCharArray());
    entries.createCredentialEntry("fs.s3a.secret.key", secret.toCharArray());
    entries.flush();
    return command(
        input,
        to,
        "spark.hadoop." + CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH + "=" + provider);
  }

  private static List<String> command(Object input, Object to, String... more) {
    List<String> all = new ArrayList<>();
    all.add("shard");
    all.add("--input=" + input);
    all.add("--output=" + to);
    all.add("--set=shard.records-per-shard=20");
    all.add("--spark-conf=spark.master=local[2]");
    all.add("--spark-conf=spark.hadoop.fs.s3a.impl.disable.cache=true"); // other keys every time
    all.add(
        "--spark-conf=spark.hadoop.fs.s3a.aws.credentials.provider="
            + "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
    S3Server.settings(proxy.port())
        .forEach((k, v) -> all.add("--spark-conf=spark.hadoop." + k + "=" + v));
    for (String setting : more) {
      all.add("--spark-conf=" + setting);
    }
    return all;
  }

  private List<String> goodKeys(Object input, Object to) throws IOException {
    return shard(input, to, S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
  }

  private void nothingIsThere() throws IOException {
    FileSystem fs = Locations.fileSystem(conf, output);
    assertFalse(fs.exists(new org.apache.hadoop.fs.Path(output)));
  }

  @Test
  void noKeys() throws IOException {
    List<String> none = command(images, output);
    Said.refused("No AWS credentials", none);
    List<String> planted = new ArrayList<>(none);
    planted.add("--spark-conf=spark.hadoop.fs.s3a.secret.key=planted");
    Said.refused("would put a credential on the command line", planted);
    assertFalse(Said.run(planted).text().contains("planted"));
    nothingIsThere();
  }

  @Test
  void aWrongKey() throws IOException {
    String place = "cannot read " + output + "/" + Manifest.FILE_NAME + ": ";
    Said.refused(
        place + "the server does not know this access key (InvalidAccessKeyId)",
        shard(images, output, "nobody", S3Server.SECRET_KEY));
    Said.refused(
        place + "the secret key does not belong to the access key (SignatureDoesNotMatch)",
        shard(images, output, S3Server.ACCESS_KEY, "wrong"));
    nothingIsThere();
    Said.refused(
        "cannot read input " + output + "/images: the secret key does not belong to the access key",
        shard(output + "/images", dir.resolve("wrong"), S3Server.ACCESS_KEY, "wrong"));
    assertFalse(Files.exists(dir.resolve("wrong")));
  }

  @Test
  void aBucketThatIsNotThere() throws IOException {
    String nowhere = "s3a://no-such-bucket/dataset";
    Said.refused("there is no such bucket", goodKeys(images, nowhere));
    Said.refused("there is no such bucket", goodKeys(nowhere, dir.resolve("no-bucket")));
    assertFalse(Files.exists(dir.resolve("no-bucket")));
  }

  @Test
  void aBucketThatMayOnlyBeRead() throws IOException {
    proxy.faults(
        request ->
            request.method().equals("PUT")
                ? Fault.refused(403, "AccessDenied", "Access Denied", Instant.now())
                : Fault.NONE);
    Said.refused(
        "access denied: the bucket's or the account's policy does not allow it to these credentials"
            + " (AccessDenied)",
        goodKeys(images, output));
    nothingIsThere();
  }

  @Test
  void aClockThatIsWrong() throws Exception {
    for (Duration ahead : List.of(Duration.ofMinutes(62), Duration.ofHours(-5))) {
      proxy.faults(
          request ->
              Fault.refused(
                  403,
                  "RequestTimeTooSkewed",
                  "The difference between the request time and the current time is too large.",
                  Instant.now().plus(ahead)));
      Said said = Said.run(goodKeys(images, output));
      assertEquals(Cli.BAD_INPUT, said.code(), said.text());
      String message = ahead.isNegative() ? "hours ahead of" : "minutes behind";
      assertTrue(said.line().contains("this machine's clock is "), said.text());
      assertTrue(
          said.line().contains(message + " the server's; set it by NTP (RequestTimeTooSkewed)"),
          said.text());
      rightClock();
    }
    nothingIsThere();
  }

  @Test
  void aClockThatGoesWrongOnTheWay() throws Exception {
    proxy.faults(
        request ->
            request.method().equals("PUT") && request.target().contains(Manifest.FILE_NAME)
                ? Fault.refused(403, "RequestTimeTooSkewed", "Too large.", Instant.now())
                : Fault.NONE);
    Said.refused("differ by too much; set it by NTP", goodKeys(images, output));
    assertFalse(Artifact.exists(conf, output));
    proxy.reset();
    rightClock();
    Said again = Said.run(goodKeys(images, output));
    assertEquals(Cli.OK, again.code(), again.text());
    assertEquals(List.of(), Artifact.verify(conf, output));
  }
}
