package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShardCacheTest {
  private static DecodedShard shard(int pixels) {
    return new DecodedShard(new long[0], new int[0], new byte[pixels]);
  }

  @Test
  void theLongestUnusedGoesFirst() {
    ShardCache cache = new ShardCache(250);
    AtomicInteger loads = new AtomicInteger();
    for (String key : new String[] {"a", "b", "a", "c", "a", "b"}) {
      cache.get(
          key,
          () -> {
            loads.incrementAndGet();
            return shard(100);
          });
      assertTrue(cache.bytes() <= 250);
    }
    assertEquals(4, loads.get(), "a, b, c, and b again after c had pushed it out");
  }

  @Test
  void whatIsLargerThanTheLimitIsServedAndNotKept() {
    ShardCache cache = new ShardCache(10);
    assertEquals(100, cache.get("a", () -> shard(100)).pixels().length);
    assertEquals(0, cache.bytes());
  }

  @Test
  void severalThreadsLoadOnce() throws Exception {
    ShardCache cache = new ShardCache(1000);
    AtomicInteger loads = new AtomicInteger();
    CountDownLatch asked = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<DecodedShard>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(
            threads.submit(
                () -> {
                  asked.await();
                  return cache.get(
                      "a",
                      () -> {
                        loads.incrementAndGet();
                        return shard(10);
                      });
                }));
      }
      asked.countDown();
      DecodedShard first = results.get(0).get();
      for (Future<DecodedShard> result : results) {
        assertSame(first, result.get());
      }
      assertEquals(1, loads.get());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aFailureIsNotKept() {
    ShardCache cache = new ShardCache(1000);
    assertThrows(
        UserException.class,
        () ->
            cache.get(
                "a",
                () -> {
                  throw new UserException("damaged");
                }));
    assertEquals(5, cache.get("a", () -> shard(5)).pixels().length);
  }
}
