package io.sparkddpm.spark.training.exchange;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Kept;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BroadcastBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.reflect.ClassTag$;

/**
 * Blocks of vectors that this process keeps for others to fetch, in Spark's block manager, which
 * serves them over its own connections and puts on disk what does not fit. A round's blocks go when
 * a later round of its run says so; the memory of those that go is used for those that come.
 * Thread-safe.
 */
final class BlockStore implements Kept {
  /** What a block is. */
  enum Kind {
    /** Of one worker. */
    WORKER("w"),
    /**
     * What the next round starts from: averaged over all, or what an outer optimiser made of it.
     */
    AVERAGE("a"),
    /** The parameters averaged over all, where an outer optimiser changes them. */
    MEAN("m"),
    /** The momentum of an outer optimiser. */
    MOMENTUM("o"),
    /** Adam's moments of one worker, which keeps its own. */
    MOMENTS("v");

    private final String letter;

    Kind(String letter) {
      this.letter = letter;
    }
  }

  private record Stored(
      BlockManager in, RoundKey round, Kind kind, BlockId id, List<WeakReference<byte[]>> chunks) {
    /** Those that Spark has not put on disk and forgotten. */
    List<byte[]> alive() {
      return chunks.stream().map(WeakReference::get).filter(Objects::nonNull).toList();
    }
  }

  private final Map<BlockId, Stored> kept = new LinkedHashMap<>();

  /** Of {@link BlockFormat#CHUNK_BYTES} each. */
  private final Deque<SoftReference<byte[]>> spare = new ArrayDeque<>();

  /** The one that all tasks of this process share. */
  static BlockStore here() {
    return ExecutorState.get(BlockStore.class, BlockStore::new);
  }

  /** Forgets the blocks of applications that have ended, and the arrays that wait for others. */
  @Override
  public void free() {
    SparkEnv now = SparkEnv.get();
    synchronized (kept) {
      kept.values().removeIf(block -> now == null || block.in != now.blockManager());
    }
    synchronized (spare) {
      spare.clear();
    }
  }

  /** A block's name to Spark: it may be removed with all others of its round. */
  static BlockId id(RoundKey round, Kind kind, int owner, int block) {
    return new BroadcastBlockId(round.removalId(), kind.letter + owner + "b" + block);
  }

  /**
   * Keeps a block of some vectors. Where one of that name is there already it stays: it has the
   * same bits.
   */
  void keep(RoundKey round, Kind kind, int owner, int block, FlatVectors from, BlockGrid grid) {
    keep(round, kind, owner, block, from, grid, StorageLevel.MEMORY_AND_DISK_SER());
  }

  /**
   * As {@link #keep(RoundKey, Kind, int, int, FlatVectors, BlockGrid)}, on disk alone; it goes when
   * the driver has the round's blocks removed.
   */
  void keepOnDisk(
      RoundKey round, Kind kind, int owner, int block, FlatVectors from, BlockGrid grid) {
    keep(round, kind, owner, block, from, grid, StorageLevel.DISK_ONLY());
  }

  private void keep(
      RoundKey round,
      Kind kind,
      int owner,
      int block,
      FlatVectors from,
      BlockGrid grid,
      StorageLevel level) {
    int length = grid.length(block);
    BlockFormat format = from.format();
    List<byte[]> chunks = new ArrayList<>();
    for (int i = 0; i < length; i += format.chunk()) {
      byte[] chunk = room();
      int n = Math.min(format.chunk(), length - i);
      from.write(grid.vector(block), grid.offset(block) + i, n, chunk);
      chunks.add(chunk);
    }
    keep(round, kind, owner, block, chunks, length * format.bytes(), level);
  }

  /** An array for a chunk, with undefined content. */
  byte[] room() {
    synchronized (spare) {
      while (!spare.isEmpty()) {
        byte[] chunk = spare.pop().get();
        if (chunk != null) {
          return chunk;
        }
      }
    }
    return new byte[BlockFormat.CHUNK_BYTES];
  }

  /**
   * Keeps a block that is bytes already.
   *
   * @param chunks from {@link #room}, given away
   * @param length of all of them, in bytes
   */
  void keep(RoundKey round, Kind kind, int owner, int block, List<byte[]> chunks, int length) {
    keep(round, kind, owner, block, chunks, length, StorageLevel.MEMORY_AND_DISK_SER());
  }

  private void keep(
      RoundKey round,
      Kind kind,
      int owner,
      int block,
      List<byte[]> chunks,
      int length,
      StorageLevel level) {
    ByteBuffer[] buffers = new ByteBuffer[chunks.size()];
    for (int i = 0; i < buffers.length; i++) {
      int bytes = Math.min(BlockFormat.CHUNK_BYTES, length - i * BlockFormat.CHUNK_BYTES);
      buffers[i] = ByteBuffer.wrap(chunks.get(i), 0, bytes);
    }
    BlockManager in = SparkEnv.get().blockManager();
    BlockId id = id(round, kind, owner, block);
    if (in.getStatus(id).isDefined()) {
      recycle(chunks);
      return;
    }
    List<WeakReference<byte[]>> watched = new ArrayList<>();
    chunks.forEach(c -> watched.add(new WeakReference<>(c)));
    boolean stored =
        in.putBytes(
            id,
            new ChunkedByteBuffer(buffers),
            level,
            false, // the task's result says where it is
            ClassTag$.MODULE$.<Object>apply(Object.class));
    checkState(stored, "no room for %s in memory or on disk", id);
    if (!level.useMemory()) {
      recycle(chunks);
      return;
    }
    synchronized (kept) {
      kept.put(id, new Stored(in, round, kind, id, watched));
    }
  }

  private void recycle(List<byte[]> chunks) {
    synchronized (spare) {
      chunks.forEach(c -> spare.push(new SoftReference<>(c)));
    }
  }

  /**
   * Removes what a run's later rounds do not need, while its workers work; the means stay, which
   * the driver may be fetching. Waits for its readers.
   *
   * @param round that runs
   * @param workersFrom the first round whose workers' vectors are still needed
   * @param averagesFrom the first round whose averages are still needed
   */
  void removeOld(RoundKey round, RoundKey workersFrom, RoundKey averagesFrom) {
    removeBefore(workersFrom, EnumSet.of(Kind.WORKER));
    removeBefore(averagesFrom, EnumSet.of(Kind.AVERAGE, Kind.MOMENTUM));
    removeBefore(round.previous(), EnumSet.of(Kind.MOMENTS));
  }

  /** Removes the means of the rounds before one, which the driver has by now. */
  void removeMeans(RoundKey round) {
    removeBefore(round, EnumSet.of(Kind.MEAN));
  }

  private void removeBefore(RoundKey round, Set<Kind> kinds) {
    BlockManager now = SparkEnv.get().blockManager();
    List<Stored> old = new ArrayList<>();
    synchronized (kept) {
      for (Iterator<Stored> it = kept.values().iterator(); it.hasNext(); ) {
        Stored block = it.next();
        if (block.in != now || (block.round.run() != round.run() && isGone(block, now))) {
          it.remove(); // of another application or run, which has ended
        } else if (kinds.contains(block.kind) && block.round.isBefore(round)) {
          it.remove();
          old.add(block);
        }
      }
    }
    for (Stored block : old) {
      List<byte[]> chunks = block.alive();
      if (!isGone(block, now)) { // the driver may have had it removed
        now.removeBlock(block.id, false);
      }
      recycle(chunks);
    }
  }

  private static boolean isGone(Stored block, BlockManager from) {
    return from.getStatus(block.id).isEmpty();
  }
}
