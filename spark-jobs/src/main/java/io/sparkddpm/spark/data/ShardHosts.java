package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hosts on which a dataset's shards lie. The manifest has the lengths of the files, so that
 * only a file system that knows blocks is asked for anything: disks and object stores answer
 * "localhost" without a request. Threads may share it.
 */
final class ShardHosts {
  private static final Logger LOG = LoggerFactory.getLogger(ShardHosts.class);
  private static final long BLOCK = 128L << 20;

  private final HadoopConf conf;
  private final Dataset dataset;
  private final Map<Integer, Set<String>> known = new ConcurrentHashMap<>();
  private volatile boolean failed;

  ShardHosts(HadoopConf conf, Dataset dataset) {
    this.conf = conf;
    this.dataset = dataset;
  }

  /** Of a shard; empty where the file system knows none, or could not say once. */
  Set<String> of(int shard) {
    Set<String> hosts = known.get(shard);
    if (hosts != null) {
      return hosts;
    }
    if (failed) {
      return Set.of();
    }
    FileEntry file = dataset.shards().get(shard);
    URI uri = Locations.resolve(dataset.uri(), file.path());
    try {
      hosts = ask(new Path(uri), file.size());
    } catch (IOException | RuntimeException e) {
      failed = true;
      LOG.warn("Cannot learn on which hosts {} lies; tasks run anywhere: {}", uri, e.toString());
      return Set.of();
    }
    known.put(shard, hosts);
    return hosts;
  }

  private Set<String> ask(Path path, long length) throws IOException {
    FileSystem fs = Locations.fileSystem(conf.get(), path.toUri());
    FileStatus status = new FileStatus(length, false, 1, BLOCK, 0, path);
    Set<String> hosts = new HashSet<>();
    for (BlockLocation block : fs.getFileBlockLocations(status, 0, length)) {
      hosts.addAll(Arrays.asList(block.getHosts()));
    }
    hosts.remove("localhost"); // what file systems say that know no hosts
    return hosts;
  }
}
