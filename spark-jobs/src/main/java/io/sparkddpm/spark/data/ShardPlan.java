package io.sparkddpm.spark.data;

import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one shard is made from. Shards are cut by the number of listed records, good or bad, so they
 * do not depend on who makes them.
 *
 * @param index of the shard, from 0
 * @param firstId id of its first record
 * @param slices its records, in order
 */
record ShardPlan(int index, long firstId, SliceBlock slices) implements Serializable {

  /** Any number: the same for all datasets, so that equal listings give equal shards. */
  private static final long ORDER = RandomStream.of(0, Purpose.SHARDING).nextLong();

  /**
   * Cuts a listing into shards of {@code recordsPerShard}; the last may be shorter.
   *
   * @param mixed whether each shard gets slices from all over the listing, which within the shard
   *     keep their order; otherwise consecutive ones
   * @param firstId of the first record
   */
  static List<ShardPlan> cut(
      SourceListing listing, boolean mixed, int recordsPerShard, long firstId) {
    long records = listing.records();
    int shards = Math.toIntExact((records + recordsPerShard - 1) / recordsPerShard);
    List<SliceBlock.Builder> slices =
        Stream.generate(SliceBlock.Builder::new).limit(shards).toList();
    Places places = mixed ? new MixedPlaces(listing) : new Places();
    listing.forEach(
        slice -> {
          long place = places.next(slice.records());
          long used = 0;
          while (used < slice.records()) {
            long at = place + used;
            long room = recordsPerShard - at % recordsPerShard;
            long take = Math.min(room, slice.records() - used);
            slices.get((int) (at / recordsPerShard)).add(slice.part(used, take));
            used += take;
          }
        });
    List<ShardPlan> plans = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      long first = firstId + (long) shard * recordsPerShard;
      plans.add(new ShardPlan(shard, first, slices.get(shard).build()));
    }
    return plans;
  }

  /** Where slices begin, counted in records: one after the other. */
  private static class Places {
    private long next;

    /** The place of the next slice, which has that many records. */
    long next(long records) {
      long place = next;
      next += records;
      return place;
    }
  }

  /** In a permuted order. */
  private static final class MixedPlaces extends Places {
    private final KeyedPermutation order;
    private final long[] starts;
    private int slice;

    MixedPlaces(SourceListing listing) {
      order = new KeyedPermutation(listing.size(), ORDER);
      starts = new long[listing.size() + 1];
      int[] number = new int[1];
      listing.forEach(s -> starts[(int) order.apply(number[0]++) + 1] = s.records());
      Arrays.parallelPrefix(starts, Long::sum);
    }

    @Override
    long next(long records) {
      return starts[(int) order.apply(slice++)];
    }
  }
}
