package io.sparkddpm.spark.training.round;

import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.List;

/** Where workers find their examples. Travels to the executors; threads share it there. */
public interface BatchSource extends Serializable {
  /**
   * Images with their ids.
   *
   * @param images [N, C, H, W] in [-1, 1]; the caller's own to change
   * @param ids in the dataset, length N
   */
  record Examples(Batch images, long[] ids) {}

  /**
   * Examples of the endless data order: the same ones for the same positions, whoever asks.
   *
   * @param position of the first; step s of batch size B begins at s·B
   * @param count at least 1
   */
  Examples read(long position, int count);

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
