package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** HDFS on loopback: a name node and two data nodes, in this JVM. */
public final class HdfsCluster implements AutoCloseable {
  private final MiniDFSCluster cluster;

  private HdfsCluster(MiniDFSCluster cluster) {
    this.cluster = cluster;
  }

  /** Starts it with an existing local directory and waits until it takes files. */
  public static HdfsCluster start(Path dir) throws IOException {
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, dir.resolve("hdfs").toString());
    MiniDFSCluster cluster = new MiniDFSCluster.Builder(conf).numDataNodes(2).build();
    cluster.waitActive();
    return new HdfsCluster(cluster);
  }

  /** How it is reached. */
  public Configuration configuration() {
    return new Configuration(cluster.getConfiguration(0));
  }

  /** Its root. */
  public URI uri() {
    return cluster.getURI();
  }

  /** The cluster itself, for tests that break it. */
  public MiniDFSCluster miniCluster() {
    return cluster;
  }

  @Override
  public void close() {
    cluster.shutdown();
  }
}
