package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.DataOrder.Place;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class DataOrderTest {
  private static long[] randomSizes(RandomStream random) {
    long[] sizes = new long[1 + random.nextInt(30)];
    Arrays.setAll(sizes, i -> random.nextInt(4) == 0 ? 0 : random.nextInt(20));
    sizes[random.nextInt(sizes.length)] += 1;
    return sizes;
  }

  @RepeatedTest(50)
  void everyEpochHasEveryImageOnce(RepetitionInfo info) {
    RandomStream random = RandomStream.of(1, Purpose.DATA_ORDER, info.getCurrentRepetition());
    long[] sizes = randomSizes(random);
    int window = 1 + random.nextInt(8);
    DataOrder order = new DataOrder(random.nextLong(), sizes, window);
    long total = Arrays.stream(sizes).sum();
    assertEquals(total, order.epochLength());
    for (int epoch = 0; epoch < 3; epoch++) {
      Set<Place> seen = new HashSet<>();
      for (long p = epoch * total; p < (epoch + 1) * total; p++) {
        assertEquals(epoch, order.epoch(p));
        Place place = order.locate(p);
        assertTrue(place.row() >= 0 && place.row() < sizes[place.shard()], info + ": " + place);
        assertTrue(seen.add(place), info + ": twice in an epoch: " + place);
      }
      assertEquals(total, seen.size());
    }
  }

  @Test
  void anImageThatABatchRepeatsHasAnotherKey() {
    DataOrder order = new DataOrder(9, new long[] {4, 3}, 1);
    int batch = 24; // more than three epochs of seven
    for (long begin : new long[] {0, 48}) {
      long[] ids = new long[batch];
      Arrays.setAll(
          ids, i -> 10L * order.locate(begin + i).shard() + order.locate(begin + i).row());
      long[] keys = order.keys(begin, begin, ids);
      Set<Long> seen = new HashSet<>();
      for (int i = 0; i < batch; i++) {
        long id = ids[i];
        boolean isFirst = Arrays.stream(ids, 0, i).noneMatch(earlier -> earlier == id);
        assertEquals(isFirst, keys[i] == id);
        assertTrue(seen.add(keys[i]), "equal keys in a batch");
      }
      for (int cut = 1; cut < batch; cut++) { // shares of two workers
        long[] rest = order.keys(begin, begin + cut, Arrays.copyOfRange(ids, cut, batch));
        assertArrayEquals(Arrays.copyOfRange(keys, cut, batch), rest);
      }
    }
    long[] within = {1, 2, 3};
    assertSame(within, order.keys(7, 8, within), "no epoch ends in this batch");
  }

  @RepeatedTest(20)
  void theOrderDoesNotDependOnWhoReadsWhat(RepetitionInfo info) {
    RandomStream random = RandomStream.of(2, Purpose.DATA_ORDER, info.getCurrentRepetition());
    long[] sizes = randomSizes(random);
    DataOrder whole = new DataOrder(77, sizes, 3);
    int count = (int) (3 * whole.epochLength());
    Place[] expected = whole.locate(0, count);
    Place[] pieces = new Place[count];
    for (int from = 0; from < count; ) {
      int take = Math.min(count - from, 1 + random.nextInt(9));
      Place[] piece = new DataOrder(77, sizes, 3).locate(from, take); // another reader
      System.arraycopy(piece, 0, pieces, from, take);
      from += take;
    }
    assertArrayEquals(expected, pieces);
    for (int i = 0; i < 200; i++) { // positions in no order at all
      int p = random.nextInt(count);
      assertEquals(expected[p], whole.locate(p));
    }
  }

  @Test
  void aWindowTouchesItsShardsOnly() {
    long[] sizes = new long[40];
    Arrays.fill(sizes, 25);
    DataOrder order = new DataOrder(5, sizes, 4);
    for (int window = 0; window < 10; window++) {
      Set<Integer> shards = new HashSet<>();
      for (Place place : order.locate(window * 100L, 100)) {
        shards.add(place.shard());
      }
      assertEquals(4, shards.size());
    }
  }

  @Test
  void epochsSeedsAndWindowsGiveOtherOrders() {
    long[] sizes = {10, 10, 10, 10};
    DataOrder order = new DataOrder(5, sizes, 2);
    assertFalse(Arrays.equals(order.locate(0, 40), order.locate(40, 40)));
    assertFalse(Arrays.equals(order.locate(0, 40), new DataOrder(6, sizes, 2).locate(0, 40)));
    Place[] first = order.locate(0, 20);
    Place[] sorted = first.clone();
    Arrays.sort(sorted, Comparator.comparing(Place::shard).thenComparing(Place::row));
    assertNotEquals(Arrays.asList(sorted), Arrays.asList(first));
  }

  @Test
  void farPositionsCostNoMoreThanNearOnes() {
    DataOrder order = new DataOrder(5, new long[] {1000, 2000, 500}, 2);
    Place place = order.locate(1L << 60);
    assertEquals(place, new DataOrder(5, new long[] {1000, 2000, 500}, 2).locate(1L << 60));
  }

  @Test
  void theOrderIsPartOfTheContract() {
    // Runs are resumed by later versions: these places must never change.
    DataOrder order = new DataOrder(42, new long[] {5, 0, 7, 3, 9}, 2);
    StringBuilder text = new StringBuilder();
    for (Place place : order.locate(22, 8)) {
      text.append(place.shard()).append(':').append(place.row()).append(' ');
    }
    assertEquals("4:8 4:5 3:1 3:0 3:2 2:5 2:2 4:5", text.toString().trim());
  }

  @Test
  void emptyDatasetsAndNegativePositionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new DataOrder(1, new long[] {0, 0}, 2));
    assertThrows(IllegalArgumentException.class, () -> new DataOrder(1, new long[] {1}, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new DataOrder(1, new long[] {1}, 1).locate(-1));
  }
}
