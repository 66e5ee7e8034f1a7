package io.sparkddpm.spark.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PoolTest {
  private final Pool<String, Thing> pool = new Pool<>();
  private final List<Weights> loaded = new ArrayList<>();

  private static final class Thing implements AutoCloseable {
    private boolean closed;

    @Override
    public void close() {
      assertFalse(closed);
      closed = true;
    }
  }

  /** What all objects of a key share. */
  private static final class Weights implements Pool.Maker<Thing> {
    private boolean closed;

    @Override
    public Thing make() {
      assertFalse(closed);
      return new Thing();
    }

    @Override
    public void close() {
      assertFalse(closed);
      closed = true;
    }
  }

  private Supplier<Pool.Maker<Thing>> weights() {
    return () -> {
      loaded.add(new Weights());
      return loaded.get(loaded.size() - 1);
    };
  }

  private Thing borrowOnce(String key) {
    return pool.use(key, weights(), thing -> thing);
  }

  @Test
  void anObjectServesOneTaskAfterAnother() {
    Thing first = borrowOnce("a");
    assertSame(first, borrowOnce("a"));
    pool.<Void, RuntimeException>use(
        "a",
        weights(),
        one -> {
          Thing second = borrowOnce("a");
          assertNotSame(one, second);
          return null;
        });
    assertEquals(2, pool.idle());
    assertEquals(1, loaded.size());
  }

  @Test
  void aTaskThatStillUsesAnotherNetworkDisturbsNobody() {
    Thing old =
        pool.use(
            "a",
            weights(),
            thing -> {
              Thing other = borrowOnce("b");
              assertNotSame(thing, other);
              assertFalse(thing.closed);
              assertFalse(loaded.get(0).closed);
              assertSame(other, borrowOnce("b"));
              return thing;
            });
    assertFalse(old.closed);
    borrowOnce("c"); // a new one is made: nothing of the others waits any longer
    assertTrue(old.closed);
    assertTrue(loaded.get(0).closed);
    assertTrue(loaded.get(1).closed);
    assertFalse(loaded.get(2).closed);
  }

  @Test
  void twoKindsThatTakeTurnsAreMadeOnce() {
    for (int i = 0; i < 3; i++) {
      pool.<Void, RuntimeException>use(
          "a",
          weights(),
          a -> {
            borrowOnce("b");
            return null;
          });
    }
    assertEquals(2, loaded.size());
    assertEquals(2, pool.idle());
  }

  @Test
  void anObjectWhoseUseFailedIsClosed() {
    List<Thing> seen = new ArrayList<>();
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                pool.use(
                    "a",
                    weights(),
                    thing -> {
                      seen.add(thing);
                      throw new IllegalStateException("in use");
                    }));
    assertEquals("in use", e.getMessage());
    assertTrue(seen.get(0).closed);
    assertEquals(0, pool.idle());
    assertFalse(borrowOnce("a").closed);
  }

  @Test
  void freeLeavesWhatIsInUse() {
    pool.<Void, RuntimeException>use(
        "a",
        weights(),
        thing -> {
          pool.free();
          assertFalse(thing.closed);
          assertFalse(loaded.get(0).closed);
          return null;
        });
    assertEquals(1, pool.idle());
    pool.free();
    assertEquals(0, pool.idle());
    assertTrue(loaded.get(0).closed);
  }
}
