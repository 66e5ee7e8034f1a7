package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Artefacts on a real S3 server, through S3A. */
class S3ArtifactIT extends ArtifactContract {
  @TempDir private static Path temp;
  private static S3Server server;
  private static FaultyProxy proxy;
  private static Configuration conf;

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start(temp);
    proxy = FaultyProxy.start(server.port());
    conf = S3Server.configuration(proxy.port());
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

  @Override
  Configuration configuration() {
    proxy.reset();
    return conf;
  }

  @Override
  URI root() {
    return URI.create("s3a://" + server.bucket() + "/");
  }

  @Override
  boolean openFilesShow() {
    return false;
  }
}
