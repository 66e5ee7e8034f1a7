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
record ShardPlan(int index, long firstId, List<SourceSlice> slices) implements Serializable {
  ShardPlan {
    slices = List.copyOf(slices);
  }

  /** Cuts a listing into shards of {@code recordsPerShard}; the last may be shorter. */
  static List<ShardPlan> cut(SourceListing listing, int recordsPerShard) {
    List<ShardPlan> plans = new ArrayList<>();
    List<SourceSlice> current = new ArrayList<>();
    long missing = recordsPerShard;
    long id = 0;
    for (SourceSlice slice : listing.slices()) {
      long used = 0;
      while (used < slice.records()) {
        long take = Math.min(missing, slice.records() - used);
        current.add(slice.part(used, take));
        used += take;
        missing -= take;
        if (missing == 0) {
          plans.add(new ShardPlan(plans.size(), id, current));
          id += recordsPerShard;
          current = new ArrayList<>();
          missing = recordsPerShard;
        }
      }
    }
    if (!current.isEmpty()) {
      plans.add(new ShardPlan(plans.size(), id, current));
    }
    return plans;
  }
}
