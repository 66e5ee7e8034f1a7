package io.sparkddpm.spark.executor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Objects that are expensive to make: each is used by one task at a time and kept for the next
 * ones. Objects of several keys may be there at once, but never more in all than have been in use
 * at the same time: before a new one is made, those of other keys that nobody uses are closed.
 * Thread-safe.
 *
 * @param <K> identifies a kind of object, by {@code equals}
 * @param <T> the objects
 */
public final class Pool<K, T extends AutoCloseable> {
  /**
   * Makes the objects of one key.
   *
   * @param <T> the objects
   */
  public interface Maker<T> {
    /** Makes another object; several threads may ask at once. */
    T make();

    /** Frees what the objects have in common, once the last of them is closed. */
    default void close() {}
  }

  /**
   * What is done with an object.
   *
   * @param <T> the object
   * @param <R> what comes of it
   * @param <E> what it may throw
   */
  public interface Use<T, R, E extends Exception> {
    /** Uses the object, which is nobody else's meanwhile; its state is as the last user left it. */
    R with(T object) throws E;
  }

  private record Idle<T>(T object, Thread lastUser) {}

  /** All objects of one key. */
  private static final class Shelf<K, T> {
    private final K key;
    private final Maker<T> maker;
    private final Deque<Idle<T>> idle = new ArrayDeque<>();
    private int inUse;

    Shelf(K key, Maker<T> maker) {
      this.key = key;
      this.maker = maker;
    }
  }

  private final List<Shelf<K, T>> shelves = new ArrayList<>();

  /**
   * Uses an object of a key, best one that this thread has used before. If the use fails the object
   * is closed, as its state is unknown.
   *
   * @param maker asked only where there is no object of this key
   */
  public <R, E extends Exception> R use(K key, Supplier<Maker<T>> maker, Use<? super T, R, E> use)
      throws E {
    Shelf<K, T> shelf = shelf(key, maker);
    T object = null;
    boolean whole = false;
    try {
      object = take(shelf);
      R result = use.with(object);
      whole = true;
      return result;
    } finally {
      giveBack(shelf, object, whole);
    }
  }

  /** The key's shelf, which stays as long as it has a user. */
  private synchronized Shelf<K, T> shelf(K key, Supplier<Maker<T>> maker) {
    Shelf<K, T> found = null;
    for (Shelf<K, T> shelf : shelves) {
      if (shelf.key.equals(key)) {
        found = shelf;
      }
    }
    if (found == null) {
      free(); // first, that there is room
      found = new Shelf<>(key, maker.get());
      shelves.add(found);
    }
    found.inUse++;
    return found;
  }

  private T take(Shelf<K, T> shelf) {
    synchronized (this) {
      Idle<T> found = null;
      for (Idle<T> idle : shelf.idle) {
        if (found == null || idle.lastUser() == Thread.currentThread()) {
          found = idle;
        }
      }
      if (found != null) {
        shelf.idle.remove(found);
        return found.object();
      }
      free();
    }
    return shelf.maker.make(); // others need not wait for it
  }

  /**
   * @param object that was used; {@code null}: none could be made
   */
  private void giveBack(Shelf<K, T> shelf, T object, boolean whole) {
    if (object != null && !whole) {
      close(object);
    }
    synchronized (this) {
      shelf.inUse--;
      if (whole) {
        shelf.idle.add(new Idle<>(object, Thread.currentThread()));
      }
    }
  }

  /** Closes all objects that nobody uses, and what those of a key have in common. */
  public synchronized void free() {
    for (Shelf<K, T> shelf : shelves) {
      shelf.idle.forEach(idle -> close(idle.object()));
      shelf.idle.clear();
      if (shelf.inUse == 0) {
        shelf.maker.close();
      }
    }
    shelves.removeIf(shelf -> shelf.inUse == 0);
  }

  private static void close(AutoCloseable object) {
    try {
      object.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Objects that nobody uses at the moment. */
  synchronized int idle() {
    return shelves.stream().mapToInt(shelf -> shelf.idle.size()).sum();
  }
}
