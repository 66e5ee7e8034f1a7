package io.sparkddpm.spark.training.exchange;

/**
 * A block to be read, and the place of its values: {@code to[offset … offset + length)}.
 *
 * @param length of the block, in values
 */
record BlockRead(BlockSource source, BlockFormat format, float[] to, int offset, int length) {}
