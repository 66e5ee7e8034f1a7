package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;

/** How training reads a dataset. */
public record DataConfig(
    @Key(
            value = "shards whose images are mixed with each other; decides the order of images",
            range = "[1, inf)")
        int windowShards,
    @Key(
            value = "memory for decoded shards in each executor; decides speed only",
            range = "[1, inf)")
        int cacheMegabytes)
    implements Serializable {
  /** The whole of CIFAR-10 stays in memory. */
  public static final DataConfig DEFAULTS = new DataConfig(16, 512);

  public DataConfig {
    checkArgument(windowShards >= 1, "data.window-shards must be at least 1, got %s", windowShards);
    checkArgument(
        cacheMegabytes >= 1, "data.cache-megabytes must be at least 1, got %s", cacheMegabytes);
  }

  /** Memory for decoded shards in each executor, in bytes. */
  public long cacheBytes() {
    return (long) cacheMegabytes << 20;
  }
}
