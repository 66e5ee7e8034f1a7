package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Artefacts on a real HDFS: a name node and two data nodes. */
class HdfsArtifactIT extends ArtifactContract {
  @TempDir private static Path temp;
  private static HdfsCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = HdfsCluster.start(temp);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Override
  Configuration configuration() {
    return cluster.configuration();
  }

  @Override
  URI root() {
    return cluster.uri();
  }
}
