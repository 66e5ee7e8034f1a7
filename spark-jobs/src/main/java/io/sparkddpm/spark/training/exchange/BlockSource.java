package io.sparkddpm.spark.training.exchange;

import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;

/**
 * A block and the process that keeps it.
 *
 * @param owner whom to name where it is gone: a worker, or a task that averages
 */
record BlockSource(int owner, BlockManagerId at, BlockId id) {}
