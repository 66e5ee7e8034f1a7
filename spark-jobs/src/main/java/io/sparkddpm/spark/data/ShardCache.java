package io.sparkddpm.spark.data;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Decoded shards up to a number of bytes, the longest unused going first. Thread-safe; a shard that
 * several threads want at once is loaded by one of them.
 */
final class ShardCache {
  private static final ShardCache OF_THIS_JVM = new ShardCache(0);

  private final Map<String, DecodedShard> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, CompletableFuture<DecodedShard>> loading = new HashMap<>();
  private long limit;
  private long bytes;

  ShardCache(long limit) {
    this.limit = limit;
  }

  /** The one that all tasks of an executor share; the latest limit counts. */
  static ShardCache ofThisJvm(long limitBytes) {
    OF_THIS_JVM.limitTo(limitBytes);
    return OF_THIS_JVM;
  }

  private synchronized void limitTo(long limitBytes) {
    limit = limitBytes;
    evict();
  }

  DecodedShard get(String key, Supplier<DecodedShard> loader) {
    CompletableFuture<DecodedShard> mine = new CompletableFuture<>();
    CompletableFuture<DecodedShard> others;
    synchronized (this) {
      DecodedShard shard = kept.get(key);
      if (shard != null) {
        return shard;
      }
      others = loading.putIfAbsent(key, mine);
    }
    if (others != null) {
      return join(others);
    }
    try {
      DecodedShard shard = loader.get();
      synchronized (this) {
        kept.put(key, shard);
        bytes += shard.bytes();
        evict();
      }
      mine.complete(shard);
      return shard;
    } catch (RuntimeException | Error e) {
      mine.completeExceptionally(e);
      throw e;
    } finally {
      synchronized (this) {
        loading.remove(key);
      }
    }
  }

  private static DecodedShard join(CompletableFuture<DecodedShard> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
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
