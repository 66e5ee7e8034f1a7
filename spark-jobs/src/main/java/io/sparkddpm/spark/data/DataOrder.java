package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The endless order in which training sees a dataset: in every epoch each image once. An epoch
 * permutes the shards; each window of consecutive ones is permuted image by image. Position p is
 * found in O(1), but for the sums over one epoch's shards, which are kept: resuming costs nothing,
 * and what lies near in the order lies in few shards. Threads may share it.
 */
public final class DataOrder {
  private final long seed;
  private final long[] sizes;
  private final int windowShards;
  private final long total;
  private final AtomicReference<Epoch> latest = new AtomicReference<>();

  /**
   * @param seed of the run
   * @param shardSizes images in each shard, 0 allowed
   * @param windowShards how many shards are mixed
   */
  public DataOrder(long seed, long[] shardSizes, int windowShards) {
    checkArgument(windowShards >= 1, "a window needs at least one shard, got %s", windowShards);
    this.seed = seed;
    this.sizes = shardSizes.clone();
    this.windowShards = windowShards;
    this.total = Arrays.stream(sizes).reduce(0, Math::addExact);
    checkArgument(total > 0, "an order needs at least one image");
  }

  /**
   * An image's place.
   *
   * @param shard index of the shard, from 0
   * @param row in the shard, from 0
   */
  public record Place(int shard, int row) {}

  /** Images in an epoch. */
  public long epochLength() {
    return total;
  }

  /** Which epoch a position belongs to, from 0. */
  public long epoch(long position) {
    checkArgument(position >= 0, "a position is not negative, got %s", position);
    return position / total;
  }

  /** Where the image at a position lies. */
  public Place locate(long position) {
    return epochOf(epoch(position)).locate(position % total);
  }

  /** The images at positions [from, from + count). */
  public Place[] locate(long from, int count) {
    Place[] places = new Place[count];
    for (int i = 0; i < count; i++) {
      places[i] = locate(from + i);
    }
    return places;
  }

  /**
   * Keys for the random numbers of images at consecutive positions of a batch: the ids, but for
   * images that the batch has had before, as happens where epochs meet. So that these are noised
   * and mirrored anew, each repetition has a key of its own.
   *
   * @param batch where the batch begins
   * @param from first position, in the batch
   * @param ids of the images from there on
   * @return {@code ids} itself where no image is repeated
   */
  public long[] keys(long batch, long from, long[] ids) {
    checkArgument(batch <= from, "a batch from %s has no position %s", batch, from);
    long end = from + ids.length;
    if (ids.length == 0 || epoch(batch) == epoch(end - 1)) {
      return ids;
    }
    Map<Place, Integer> counts = new HashMap<>();
    long[] keys = ids;
    for (long position = batch; position < end; position++) {
      int repetition = counts.merge(locate(position), 1, Integer::sum) - 1;
      if (position >= from && repetition > 0) {
        keys = keys == ids ? ids.clone() : keys;
        int i = (int) (position - from);
        keys[i] = RandomStream.of(seed, Purpose.REPETITION, ids[i], repetition).nextLong();
      }
    }
    return keys;
  }

  private Epoch epochOf(long number) {
    Epoch epoch = latest.get();
    if (epoch == null || epoch.number != number) {
      epoch = new Epoch(number);
      latest.set(epoch);
    }
    return epoch;
  }

  /** The shards of an epoch in their order, and where each begins. */
  private final class Epoch {
    private final long number;
    private final int[] shardAt = new int[sizes.length];
    private final long[] start = new long[sizes.length + 1];
    private final AtomicReference<Window> latestWindow = new AtomicReference<>();

    Epoch(long number) {
      this.number = number;
      long key = RandomStream.of(seed, Purpose.DATA_ORDER, number).nextLong();
      KeyedPermutation shards = new KeyedPermutation(sizes.length, key);
      for (int slot = 0; slot < sizes.length; slot++) {
        shardAt[slot] = (int) shards.apply(slot);
        start[slot + 1] = start[slot] + sizes[shardAt[slot]];
      }
    }

    Place locate(long offset) {
      Window window = windowOf(slotOf(offset) / windowShards);
      long mixed = window.begin + window.order.apply(offset - window.begin);
      int slot = slotOf(mixed);
      return new Place(shardAt[slot], (int) (mixed - start[slot]));
    }

    /** The slot that holds the offset; empty shards hold none. */
    private int slotOf(long offset) {
      int found = Arrays.binarySearch(start, offset);
      int slot = found >= 0 ? found : -found - 2;
      while (start[slot + 1] == offset) { // several slots begin here: all but the last are empty
        slot++;
      }
      while (offset < start[slot]) {
        slot--;
      }
      return slot;
    }

    private Window windowOf(int index) {
      Window window = latestWindow.get();
      if (window == null || window.index != index) {
        int end = Math.min(sizes.length, (index + 1) * windowShards);
        long begin = start[index * windowShards];
        long key = RandomStream.of(seed, Purpose.DATA_ORDER, number, index).nextLong();
        window = new Window(index, begin, new KeyedPermutation(start[end] - begin, key));
        latestWindow.set(window);
      }
      return window;
    }
  }

  private record Window(int index, long begin, KeyedPermutation order) {}
}
