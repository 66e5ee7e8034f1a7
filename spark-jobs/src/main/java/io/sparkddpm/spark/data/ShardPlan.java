package io.sparkddpm.spark.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What one shard is made from. Shards are cut by the number of listed records, good or bad, so they
 * do not depend on who makes them.
 *
 * @param index of the shard, from 0
 * @param firstId id of its first record
 * @param slices its records, in order
 */
record ShardPlan(int index, long firstId, SliceBlock slices) implements Serializable {

  /**
   * Cuts a listing into shards of {@code recordsPerShard}; the last may be shorter.
   *
   * @param firstId of the first record
   */
  static List<ShardPlan> cut(SourceListing listing, int recordsPerShard, long firstId) {
    Cutter cutter = new Cutter(recordsPerShard, firstId);
    listing.forEach(cutter::add);
    return cutter.finish();
  }

  private static final class Cutter {
    private final int recordsPerShard;
    private final List<ShardPlan> plans = new ArrayList<>();
    private SliceBlock.Builder current = new SliceBlock.Builder();
    private long id;

    Cutter(int recordsPerShard, long firstId) {
      this.recordsPerShard = recordsPerShard;
      this.id = firstId;
    }

    void add(SourceSlice slice) {
      long used = 0;
      while (used < slice.records()) {
        long take = Math.min(recordsPerShard - current.records(), slice.records() - used);
        current.add(slice.part(used, take));
        used += take;
        if (current.records() == recordsPerShard) {
          finishPlan();
        }
      }
    }

    private void finishPlan() {
      plans.add(new ShardPlan(plans.size(), id, current.build()));
      id += current.records();
      current = new SliceBlock.Builder();
    }

    List<ShardPlan> finish() {
      if (current.size() > 0) {
        finishPlan();
      }
      return plans;
    }
  }
}
