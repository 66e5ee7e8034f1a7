package io.sparkddpm.spark.lab.cluster;

import io.sparkddpm.error.SuppressForbidden;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * A resource manager and a node manager on loopback, in a process of their own; ends when its
 * standard input does. Containers are child processes.
 */
public final class YarnMiniCluster {
  /** What is printed before the directory with the clients' configuration. */
  static final String READY = "YARN is configured in ";

  private static final int MEMORY_MIB = 8192;

  private YarnMiniCluster() {}

  /**
   * Runs until the standard input ends.
   *
   * @param args a directory for the configuration, logs and scratch files
   */
  @SuppressForbidden("a process of its own, with its own streams")
  public static void main(String[] args) throws IOException {
    Path dir = Path.of(args[0]);
    YarnConfiguration conf = new YarnConfiguration();
    conf.set(CommonConfigurationKeysPublic.FS_DEFAULT_NAME_KEY, "file:///");
    conf.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, MEMORY_MIB);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 128);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB, MEMORY_MIB);
    conf.setInt(YarnConfiguration.NM_VCORES, 8);
    conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    conf.setBoolean(YarnConfiguration.NM_PMEM_CHECK_ENABLED, true);
    conf.set(YarnConfiguration.NM_REMOTE_APP_LOG_DIR, dir.resolve("logs").toUri().toString());
    conf.setBoolean(YarnConfiguration.LOG_AGGREGATION_ENABLED, true);
    conf.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99");
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    try (MiniYARNCluster cluster = new MiniYARNCluster("ddpm", 1, 1, 1)) {
      cluster.init(conf);
      cluster.start();
      YarnConfiguration clients = new YarnConfiguration(cluster.getConfig());
      clients.set(YarnConfiguration.YARN_APPLICATION_CLASSPATH, "");
      Path clientConf = Files.createDirectories(dir.resolve("conf"));
      try (OutputStream out = Files.newOutputStream(clientConf.resolve("yarn-site.xml"))) {
        clients.writeXml(out);
      }
      System.out.println(READY + clientConf);
      int signal = System.in.read();
      while (signal >= 0) {
        signal = System.in.read();
      }
    }
  }
}
