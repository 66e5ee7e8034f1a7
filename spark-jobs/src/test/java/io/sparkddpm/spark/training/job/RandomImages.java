package io.sparkddpm.spark.training.job;

import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import org.apache.spark.TaskContext;

/**
 * Small images made up from their ids, in an order that is new in each epoch.
 *
 * @param count images in an epoch
 * @param size height and width
 * @param fault what goes wrong when a position is read
 */
public record RandomImages(int count, int size, Fault fault) implements BatchSource {
  /** Something that goes wrong. */
  public interface Fault extends Serializable {
    Fault NONE = (position, attempt) -> {};

    void onRead(long position, int attempt);

    /** Ends a run of batches of some size when it reads one of them. */
    static Fault killAt(long step, int batch) {
      return (position, attempt) -> {
        if (position / batch == step) {
          throw new IllegalStateException("killed");
        }
      };
    }
  }

  public RandomImages(int count, int size) {
    this(count, size, Fault.NONE);
  }

  @Override
  public Examples read(long position, int n) {
    TaskContext context = TaskContext.get();
    fault.onRead(position, context == null ? 0 : context.attemptNumber());
    Batch images = new Batch(n, 1, size, size);
    long[] ids = new long[n];
    for (int i = 0; i < n; i++) {
      long p = position + i;
      ids[i] = new KeyedPermutation(count, p / count).apply(p % count);
      RandomStream stream = RandomStream.of(99, Purpose.SHAPES, ids[i]);
      float level = (float) (stream.nextDouble() * 2 - 1);
      for (int k = 0; k < images.itemLength(); k++) {
        images.data()[images.offset(i) + k] = level * (k % size + 1) / size;
      }
    }
    return Examples.images(images, ids);
  }
}
