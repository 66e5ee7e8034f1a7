package io.sparkddpm.spark.train;

import org.apache.spark.Partitioner;

/** Keys of the averaging shuffle: sorted by block, then by worker; partitioned by block. */
final class BlockKey {
  private static final int WORKER_BITS = 20;

  /** Stands for the statistics, ahead of block 0. */
  static final int STATISTICS = -1;

  private BlockKey() {}

  static long of(int block, int worker) {
    return ((long) (block + 1) << WORKER_BITS) + worker;
  }

  static int block(long key) {
    return (int) (key >> WORKER_BITS) - 1;
  }

  static int worker(long key) {
    return (int) (key & (1L << WORKER_BITS) - 1);
  }

  static final class ByBlock extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int partitions;

    ByBlock(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return Math.floorMod(block((Long) key), partitions);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ByBlock by && by.partitions == partitions;
    }

    @Override
    public int hashCode() {
      return partitions;
    }
  }
}
