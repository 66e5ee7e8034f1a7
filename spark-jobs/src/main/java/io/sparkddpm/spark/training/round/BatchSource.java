package io.sparkddpm.spark.training.round;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.List;

/** Where workers find their examples. Travels to the executors; threads share it there. */
public interface BatchSource extends Serializable {
  /**
   * Clean examples with what goes along.
   *
   * @param batch x0; images [N, C, H, W] in [-1, 1]; the caller's own to change
   * @param condition labels and context of each
   * @param ids in the dataset, length N
   * @param mirrorable whether left and right may be exchanged, as in images
   */
  record Examples(Batch batch, Condition condition, long[] ids, boolean mirrorable) {
    /** Images without labels. */
    public static Examples images(Batch images, long[] ids) {
      return new Examples(images, Condition.none(images.count()), ids, true);
    }
  }

  /**
   * Examples of the endless data order: the same ones for the same positions, whoever asks.
   *
   * @param position of the first; step s of batch size B begins at s·B
   * @param count at least 1
   */
  Examples read(long position, int count);

  /**
   * Keys of the random numbers of a worker's examples: their ids, but for examples that the step's
   * batch has had before.
   *
   * @param batch position of the batch's first example
   * @param position of the worker's first one
   * @param ids of the worker's examples; not changed
   */
  default long[] keys(long batch, long position, long[] ids) {
    return ids;
  }

  /** What the last step of the reverse process gives for a value of an example. */
  default DecoderType decoder() {
    return DecoderType.DISCRETIZED;
  }

  /** Heap that it may keep in each process that reads, in bytes. */
  default long cacheBytes() {
    return 0;
  }

  /**
   * Hosts from which such examples are read fastest, best first; on the driver. Decides speed only.
   */
  default List<String> hosts(long position, int count) {
    return List.of();
  }
}
