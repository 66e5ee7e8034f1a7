package io.sparkddpm.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class ThreadsTest {
  /** Pieces that say when they run, and end only when they may. */
  private static final class Pieces {
    final AtomicInteger running = new AtomicInteger();
    final CountDownLatch begun;
    final CountDownLatch mayEnd = new CountDownLatch(1);

    Pieces(int others) {
      begun = new CountDownLatch(others);
    }

    /** A piece of another thread than the caller's. */
    void run() {
      running.incrementAndGet();
      begun.countDown();
      await(mayEnd);
      running.decrementAndGet();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets pieces end as soon as the thread waits for them. */
  private static void endOnceWaitingFor(Pieces pieces, Thread caller) {
    while (caller.getState() != Thread.State.WAITING && caller.isAlive()) {
      Thread.onSpinWait();
    }
    pieces.mayEnd.countDown();
  }

  @Test
  void everyPieceIsRunOnce() {
    for (int count = 1; count <= 4; count++) {
      try (Threads threads = new Threads(count)) {
        for (int pieces : new int[] {1, 2, 3, 4, 9}) {
          AtomicIntegerArray times = new AtomicIntegerArray(pieces);
          threads.split(
              pieces,
              (thread, from, to) -> {
                for (int i = from; i < to; i++) {
                  times.incrementAndGet(i);
                }
              });
          int[] seen = new int[pieces];
          Arrays.setAll(seen, times::get);
          int[] once = new int[pieces];
          Arrays.fill(once, 1);
          assertArrayEquals(once, seen);
        }
      }
    }
  }

  @Test
  void anInterruptedCallerReturnsWhenNoPieceRuns() throws Exception {
    try (Threads threads = new Threads(3)) {
      Pieces pieces = new Pieces(2);
      FutureTask<Integer> call =
          new FutureTask<>(
              () -> {
                var e =
                    assertThrows(
                        IllegalStateException.class,
                        () ->
                            threads.split(
                                3,
                                (thread, from, to) -> {
                                  if (thread > 0) {
                                    pieces.run();
                                  }
                                }));
                int running = pieces.running.get();
                assertEquals("interrupted in a kernel", e.getMessage());
                assertTrue(Thread.currentThread().isInterrupted());
                return running;
              });
      Thread caller = new Thread(call, "caller");
      caller.start();
      pieces.begun.await();
      caller.interrupt();
      caller.interrupt();
      endOnceWaitingFor(pieces, caller);
      assertEquals(0, call.get());
    }
  }

  @Test
  void anInterruptIsToldWhereNoPieceHadToBeWaitedFor() {
    try (Threads threads = new Threads(2)) {
      CountDownLatch ended = new CountDownLatch(1);
      var e =
          assertThrows(
              IllegalStateException.class,
              () ->
                  threads.split(
                      2,
                      (thread, from, to) -> {
                        if (thread > 0) {
                          ended.countDown();
                        } else {
                          await(ended);
                          Thread.currentThread().interrupt();
                        }
                      }));
      assertEquals("interrupted in a kernel", e.getMessage());
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void aCallerWhosePieceFailsReturnsWhenNoOtherRuns() throws Exception {
    for (Throwable failure : List.of(new IllegalArgumentException("own"), new OutOfMemoryError())) {
      try (Threads threads = new Threads(3)) {
        Pieces pieces = new Pieces(2);
        FutureTask<Integer> call =
            new FutureTask<>(
                () -> {
                  Throwable thrown =
                      assertThrows(
                          failure.getClass(),
                          () ->
                              threads.split(
                                  3,
                                  (thread, from, to) -> {
                                    if (thread > 0) {
                                      pieces.run();
                                    } else {
                                      await(pieces.begun);
                                      fail(failure);
                                    }
                                  }));
                  int running = pieces.running.get();
                  assertSame(failure, thrown);
                  assertFalse(Thread.currentThread().isInterrupted());
                  return running;
                });
        Thread caller = new Thread(call, "caller");
        caller.start();
        pieces.begun.await();
        endOnceWaitingFor(pieces, caller);
        assertEquals(0, call.get());
      }
    }
  }

  @Test
  void anotherThreadsFailureIsThrownWhenNoPieceRuns() throws Exception {
    try (Threads threads = new Threads(3)) {
      Pieces pieces = new Pieces(1);
      IllegalArgumentException failure = new IllegalArgumentException("of another");
      FutureTask<Integer> call =
          new FutureTask<>(
              () -> {
                Throwable thrown =
                    assertThrows(
                        IllegalArgumentException.class,
                        () ->
                            threads.split(
                                3,
                                (thread, from, to) -> {
                                  if (thread == 1) {
                                    throw failure;
                                  } else if (thread == 2) {
                                    pieces.run();
                                  }
                                }));
                assertSame(failure, thrown);
                return pieces.running.get();
              });
      Thread caller = new Thread(call, "caller");
      caller.start();
      pieces.begun.await();
      endOnceWaitingFor(pieces, caller);
      assertEquals(0, call.get());
    }
  }

  @Test
  void ofSeveralFailuresTheFirstPiecesIsThrown() {
    try (Threads threads = new Threads(3)) {
      var e =
          assertThrows(
              IllegalStateException.class,
              () ->
                  threads.split(
                      3,
                      (thread, from, to) -> {
                        throw new IllegalStateException("piece " + thread);
                      }));
      assertEquals("piece 0", e.getMessage());
      assertEquals(
          List.of("piece 1", "piece 2"),
          List.of(e.getSuppressed()).stream().map(Throwable::getMessage).toList());
    }
  }

  private static void fail(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }
}
