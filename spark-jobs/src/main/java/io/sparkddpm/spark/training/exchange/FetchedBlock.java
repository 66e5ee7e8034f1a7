package io.sparkddpm.spark.training.exchange;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.DownloadFile;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.DownloadFileWritableChannel;
import org.apache.spark.network.util.TransportConf;

/**
 * A block that another process sends. Its values go to their place straight from what the
 * connection reads, on Spark's thread, where Spark would write a file. Once it is abandoned nothing
 * is written there any more, whatever still comes. Thread-safe.
 */
final class FetchedBlock implements DownloadFileManager, BlockFetchingListener {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final BlockRead read;
  private final CompletableFuture<BlockRead> arrival = new CompletableFuture<>();
  private Attempt current;
  private boolean abandoned;

  FetchedBlock(BlockRead read) {
    this.read = read;
  }

  /** Is complete when all values are in their place. */
  CompletableFuture<BlockRead> arrival() {
    return arrival;
  }

  /** Whoever waits no more has its place to itself from now on. */
  synchronized void abandon() {
    abandoned = true;
  }

  private synchronized void take(Attempt from, ByteBuffer bytes) {
    if (isOver(from)) {
      bytes.position(bytes.limit());
    } else {
      from.values.take(bytes);
    }
  }

  private synchronized void end(Attempt from) {
    if (!isOver(from)) {
      from.values.end();
    }
  }

  private boolean isOver(Attempt attempt) {
    return abandoned || attempt != current || arrival.isDone();
  }

  /** One attempt; where Spark makes another, that one begins anew and alone. */
  private final class Attempt implements DownloadFile, DownloadFileWritableChannel {
    private final FloatArrival values = new FloatArrival(read);
    private boolean open = true;

    @Override
    public DownloadFileWritableChannel openForWriting() {
      return this;
    }

    @Override
    public int write(ByteBuffer bytes) {
      int length = bytes.remaining();
      take(this, bytes);
      return length;
    }

    @Override
    public ManagedBuffer closeAndRead() {
      open = false;
      end(this);
      return new NioManagedBuffer(NOTHING);
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }

    @Override
    public boolean delete() {
      return true; // there is no file
    }

    @Override
    public String path() {
      return read.source().toString();
    }
  }

  @Override
  public synchronized DownloadFile createTempFile(TransportConf conf) {
    current = new Attempt();
    return current;
  }

  @Override
  public boolean registerTempFileToClean(DownloadFile file) {
    return true;
  }

  @Override
  public void onBlockFetchSuccess(String id, ManagedBuffer nothing) {
    arrival.complete(read);
  }

  @Override
  public void onBlockFetchFailure(String id, Throwable failure) {
    arrival.completeExceptionally(failure);
  }
}
