package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.spark.store.HdfsCluster;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From images to a distance on a real HDFS. */
class HdfsFlowIT {
  @TempDir private static Path dir;
  private static HdfsCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = HdfsCluster.start(dir);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void theSameComesOutAsOnTheLocalDisk() throws IOException {
    Flow flow =
        new Flow(
            Locations.resolve(cluster.uri(), "flow"), Map.of("spark.hadoop.dfs.replication", "2"));
    flow.writeImages(cluster.configuration());
    Flow.run(flow.all());
    assertEquals(Flow.localOutcome(dir.resolve("local")), flow.outcome(cluster.configuration()));
  }
}
