package io.sparkddpm.spark.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;

/**
 * Reads blocks one after another; those of other processes are fetched ahead, a few at a time, and
 * never copied: who reads them reads what the network brought. One thread at a time.
 */
final class BlockReader implements AutoCloseable {
  private final BlockManager here = SparkEnv.get().blockManager();
  private final Iterator<BlockSource> sources;
  private final int ahead;
  private final Deque<Coming> coming = new ArrayDeque<>();
  private long fetchedBytes;

  /** A block on its way; {@code null} where it is here already. */
  private record Coming(BlockSource source, CompletableFuture<ManagedBuffer> buffer) {}

  /**
   * @param sources in the order in which they will be read
   * @param ahead how many are under way at the same time, at least 1
   */
  BlockReader(Iterator<BlockSource> sources, int ahead) {
    this.sources = sources;
    this.ahead = ahead;
  }

  /**
   * The next block, for the caller to release.
   *
   * @throws LostBlocksException if it is gone
   */
  ManagedBuffer next() {
    while (coming.size() < ahead && sources.hasNext()) {
      coming.add(begin(sources.next()));
    }
    Coming first = coming.remove();
    if (first.buffer == null) {
      return local(first.source);
    }
    try {
      ManagedBuffer buffer = first.buffer.get();
      fetchedBytes += buffer.size();
      return buffer;
    } catch (ExecutionException e) {
      throw new LostBlocksException(first.source, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    }
  }

  private ManagedBuffer local(BlockSource source) {
    try {
      return here.getLocalBlockData(source.id());
    } catch (RuntimeException e) { // Scala's BlockNotFoundException among them
      throw new LostBlocksException(source, e);
    }
  }

  private Coming begin(BlockSource source) {
    BlockManagerId at = source.at();
    if (at.equals(here.blockManagerId())) {
      return new Coming(source, null);
    }
    CompletableFuture<ManagedBuffer> arrival = new CompletableFuture<>();
    BlockFetchingListener listener =
        new BlockFetchingListener() {
          @Override
          public void onBlockFetchSuccess(String id, ManagedBuffer data) {
            data.retain();
            if (!arrival.complete(data)) {
              data.release(); // nobody waits any more
            }
          }

          @Override
          public void onBlockFetchFailure(String id, Throwable failure) {
            arrival.completeExceptionally(failure);
          }
        };
    String[] ids = {source.id().name()};
    here.blockTransferService()
        .fetchBlocks(at.host(), at.port(), at.executorId(), ids, listener, null);
    return new Coming(source, arrival);
  }

  /** Lets go of what is still to come; a task's traffic is told to Spark. */
  @Override
  public void close() {
    if (TaskContext.get() != null && fetchedBytes > 0) {
      TaskMetrics metrics = TaskContext.get().taskMetrics();
      metrics.createTempShuffleReadMetrics().incRemoteBytesRead(fetchedBytes);
      metrics.mergeShuffleReadMetrics();
      fetchedBytes = 0;
    }
    for (Coming block : coming) {
      if (block.buffer != null
          && !block.buffer.cancel(false)
          && !block.buffer.isCompletedExceptionally()) {
        block.buffer.join().release();
      }
    }
    coming.clear();
  }
}
