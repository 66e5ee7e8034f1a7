package io.sparkddpm.spark.fid;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * How features are taken.
 *
 * @param layer of the Inception network: 64, 192, sfid, 768, 1280 or 2048; only 2048 gives what is
 *     called FID. The random network, which stands in without a file, has one layer and ignores it
 * @param batchSize images that a task takes through the network at once; changes nothing but the
 *     speed and the memory, 11 MB each
 * @param force whether to measure sets of no more images than the features have dimensions
 */
public record FidConfig(String layer, int batchSize, boolean force) {
  public static final FidConfig DEFAULTS = new FidConfig("2048", 8, false);

  public FidConfig {
    checkArgument(layer != null && !layer.isBlank(), "fid.layer must not be empty");
    checkArgument(
        1 <= batchSize && batchSize <= 1024,
        "fid.batch-size must be from 1 to 1024, got %s",
        batchSize);
  }

  public FidConfig withLayer(String value) {
    return new FidConfig(value, batchSize, force);
  }

  public FidConfig withBatchSize(int value) {
    return new FidConfig(layer, value, force);
  }

  public FidConfig withForce(boolean value) {
    return new FidConfig(layer, batchSize, value);
  }
}
