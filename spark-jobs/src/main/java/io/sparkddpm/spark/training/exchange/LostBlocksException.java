package io.sparkddpm.spark.training.exchange;

/** Blocks that were kept are gone, as their process is. */
public final class LostBlocksException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int owner;

  LostBlocksException(BlockSource source, Throwable cause) {
    super("cannot fetch " + source, cause);
    this.owner = source.owner();
  }

  LostBlocksException(int owner, String message) {
    super(message);
    this.owner = owner;
  }

  /** Whose they were, see {@link BlockSource}. */
  int owner() {
    return owner;
  }
}
