package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * How training reads a dataset.
 *
 * @param windowShards shards whose images are mixed with each other; decides the order of images
 * @param cacheMegabytes memory for decoded shards in each executor; decides speed only
 */
public record DataConfig(int windowShards, int cacheMegabytes) implements Serializable {
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
