package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskKilledException;
import org.junit.jupiter.api.Test;

class ShardCacheTest {
  private static DecodedShard shard(int pixels) {
    return new DecodedShard(new long[0], new int[0], new byte[pixels], new float[0]);
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
    assertEquals(100, cache.get("a", () -> shard(100)).payload().length);
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
    assertEquals(5, cache.get("a", () -> shard(5)).payload().length);
  }

  /** Where one waits for another's load, in the state that a killed task leaves. */
  @Test
  void whoeverWaitsForALoadThatFailsLoadsAgain() throws Exception {
    ShardCache cache = new ShardCache(1000);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch mayFail = new CountDownLatch(1);
    FutureTask<DecodedShard> killed =
        new FutureTask<>(
            () ->
                cache.get(
                    "a",
                    () -> {
                      loading.countDown();
                      try {
                        mayFail.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      throw new UserException("cannot read: Filesystem closed by interrupt");
                    }));
    FutureTask<DecodedShard> innocent = new FutureTask<>(() -> cache.get("a", () -> shard(7)));
    new Thread(killed, "killed").start();
    loading.await();
    Thread waiting = new Thread(innocent, "innocent");
    waiting.start();
    awaitWaiting(waiting);
    mayFail.countDown();
    assertEquals(7, innocent.get().payload().length);
    assertInstanceOf(
        UserException.class, assertThrows(ExecutionException.class, killed::get).getCause());
    assertEquals(7, cache.get("a", () -> shard(8)).payload().length);
  }

  @Test
  void aTaskThatWaitsForAnothersLoadCanBeKilled() throws Exception {
    ShardCache cache = new ShardCache(1000);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    FutureTask<DecodedShard> slow =
        new FutureTask<>(
            () ->
                cache.get(
                    "a",
                    () -> {
                      loading.countDown();
                      try {
                        mayEnd.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return shard(7);
                    }));
    new Thread(slow, "slow").start();
    loading.await();
    FutureTask<DecodedShard> killed = new FutureTask<>(() -> cache.get("a", () -> shard(8)));
    Thread waiting = new Thread(killed, "killed");
    waiting.start();
    awaitWaiting(waiting);
    waiting.interrupt();
    assertInstanceOf(
        TaskKilledException.class, assertThrows(ExecutionException.class, killed::get).getCause());
    mayEnd.countDown();
    assertEquals(7, slow.get().payload().length);
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
      Thread.onSpinWait();
    }
  }
}
