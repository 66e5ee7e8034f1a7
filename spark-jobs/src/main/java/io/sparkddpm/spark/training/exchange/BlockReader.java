package io.sparkddpm.spark.training.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;

/**
 * Reads blocks one after another, each to its place; those of other processes are fetched ahead, a
 * few at a time. One thread at a time.
 */
final class BlockReader implements AutoCloseable {
  private final BlockManager here = SparkEnv.get().blockManager();
  private final Iterator<BlockRead> reads;
  private final int ahead;
  private final Deque<Coming> coming = new ArrayDeque<>();
  private final FloatBytes bytes = new FloatBytes();
  private long fetchedBytes;

  /** A block on its way; {@code null} where it is here already. */
  private record Coming(BlockRead read, FetchedBlock block) {}

  /**
   * @param reads in the order in which they will be asked for
   * @param ahead how many are under way at the same time, at least 1: so many of those after the
   *     one that was returned last may be written to already
   */
  BlockReader(Iterator<BlockRead> reads, int ahead) {
    this.reads = reads;
    this.ahead = ahead;
  }

  /**
   * Waits until the next block is in its place.
   *
   * @throws LostBlocksException if it is gone
   */
  void next() {
    while (coming.size() < ahead && reads.hasNext()) {
      coming.add(begin(reads.next()));
    }
    Coming first = coming.element();
    if (first.block == null) {
      local(first.read);
    } else {
      await(first);
    }
    coming.remove();
  }

  private void await(Coming remote) {
    try {
      remote.block.arrival().get();
      fetchedBytes += (long) remote.read.length() * remote.read.format().bytes();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BlockLengthException misfit) {
        throw misfit; // nothing is lost
      }
      throw new LostBlocksException(remote.read.source(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    }
  }

  private void local(BlockRead read) {
    ManagedBuffer buffer;
    try {
      buffer = here.getLocalBlockData(read.source().id());
    } catch (Exception e) { // Scala's BlockNotFoundException, which is checked, among them
      throw lost(read, e);
    }
    try (InputStream in = buffer.createInputStream()) {
      int chunk = read.format().chunk();
      for (int i = 0; i < read.length(); i += chunk) {
        int n = Math.min(chunk, read.length() - i);
        bytes.read(in, read.format(), read.to(), read.offset() + i, n);
      }
      if (in.read() >= 0) {
        throw new BlockLengthException("%s is longer than %s values", read.source(), read.length());
      }
    } catch (IOException e) { // its file on disk is gone, or cannot be read
      throw lost(read, e);
    } finally {
      buffer.release();
    }
  }

  /** An interrupt closes files that are being read: then nothing is lost. */
  private static RuntimeException lost(BlockRead read, Exception cause) {
    return Thread.currentThread().isInterrupted()
        ? new TaskKilledException("interrupted")
        : new LostBlocksException(read.source(), cause);
  }

  private Coming begin(BlockRead read) {
    BlockManagerId at = read.source().at();
    if (at.equals(here.blockManagerId())) {
      return new Coming(read, null);
    }
    FetchedBlock block = new FetchedBlock(read);
    String[] ids = {read.source().id().name()};
    here.blockTransferService()
        .fetchBlocks(at.host(), at.port(), at.executorId(), ids, block, block);
    return new Coming(read, block);
  }

  /**
   * Stops blocks under way from writing to their places; adds what was fetched to the task's
   * metrics.
   */
  @Override
  public void close() {
    if (TaskContext.get() != null && fetchedBytes > 0) {
      TaskMetrics metrics = TaskContext.get().taskMetrics();
      metrics.createTempShuffleReadMetrics().incRemoteBytesRead(fetchedBytes);
      metrics.mergeShuffleReadMetrics();
      fetchedBytes = 0;
    }
    for (Coming open : coming) {
      if (open.block != null) {
        open.block.abandon();
      }
    }
    coming.clear();
  }
}
