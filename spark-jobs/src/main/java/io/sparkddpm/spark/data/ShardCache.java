package io.sparkddpm.spark.data;

import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Kept;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.spark.TaskKilledException;

/**
 * Decoded shards up to a number of bytes, the longest unused going first. Thread-safe; a shard that
 * several threads want at once is loaded by one of them.
 */
final class ShardCache implements Kept {
  private final Map<String, DecodedShard> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, CompletableFuture<Optional<DecodedShard>>> loading = new HashMap<>();
  private long limit;
  private long bytes;

  ShardCache(long limit) {
    this.limit = limit;
  }

  /** The one that all tasks of an executor share; the latest limit counts. */
  static ShardCache here(long limitBytes) {
    ShardCache cache = ExecutorState.get(ShardCache.class, () -> new ShardCache(limitBytes));
    cache.limitTo(limitBytes);
    return cache;
  }

  /** Forgets all shards. */
  @Override
  public synchronized void free() {
    kept.clear();
    bytes = 0;
  }

  private synchronized void limitTo(long limitBytes) {
    limit = limitBytes;
    evict();
  }

  /**
   * A shard, loaded where it is not kept.
   *
   * @param loader as good as that of any other caller with this key; what it throws is thrown to
   *     this caller alone: others who wait for it load the shard themselves
   * @throws TaskKilledException if the thread is interrupted while another one loads
   */
  DecodedShard get(String key, Supplier<DecodedShard> loader) {
    while (true) {
      CompletableFuture<Optional<DecodedShard>> mine = new CompletableFuture<>();
      CompletableFuture<Optional<DecodedShard>> others;
      synchronized (this) {
        DecodedShard shard = kept.get(key);
        if (shard != null) {
          return shard;
        }
        others = loading.putIfAbsent(key, mine);
      }
      if (others == null) {
        return load(key, loader, mine);
      }
      Optional<DecodedShard> loaded = await(others);
      if (loaded.isPresent()) {
        return loaded.get();
      }
    }
  }

  private DecodedShard load(
      String key, Supplier<DecodedShard> loader, CompletableFuture<Optional<DecodedShard>> mine) {
    Optional<DecodedShard> loaded = Optional.empty();
    try {
      DecodedShard shard = loader.get();
      loaded = Optional.of(shard);
      return shard;
    } finally {
      synchronized (this) {
        loading.remove(key);
        loaded.ifPresent(shard -> keep(key, shard));
      }
      mine.complete(loaded);
    }
  }

  private void keep(String key, DecodedShard shard) {
    kept.put(key, shard);
    bytes += shard.bytes();
    evict();
  }

  private static Optional<DecodedShard> await(CompletableFuture<Optional<DecodedShard>> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // nobody completes it so
    }
  }

  private void evict() {
    Iterator<DecodedShard> eldest = kept.values().iterator();
    while (bytes > limit && eldest.hasNext()) {
      bytes -= eldest.next().bytes();
      eldest.remove();
    }
  }

  synchronized long bytes() {
    return bytes;
  }
}
