package io.sparkddpm.engine.nd4j;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.image.Resize;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Drawn shapes at 8×8, and a network and a schedule that are small enough to be trained on them.
 */
final class DrawnShapes {
  static final int TIMESTEPS = 100;
  static final int BATCH = 32;
  static final int CHANNELS = 16;
  static final NoiseSchedule SCHEDULE = NoiseSchedule.of(new LinearSchedule(TIMESTEPS, 1e-3, 0.2));
  static final OptimizerConfig OPTIMIZER =
      new OptimizerConfig(new LearningRate.Constant(2e-3, 20), 0.9, 0.999, 1e-8, 1.0);

  private static final int SIZE = 8;

  private DrawnShapes() {}

  static UNetConfig network(int separateTimes) {
    return new UNetConfig(
        SIZE, 3, 3, CHANNELS, List.of(1, 2), 1, List.of(), 0, 4, 0, 0, 0, separateTimes);
  }

  /** Images that no other step has. */
  static Minibatch minibatch(long step) {
    Batch images = new Batch(BATCH, Shape.of(3, SIZE, SIZE));
    long[] ids = LongStream.range(step * BATCH, (step + 1) * BATCH).toArray();
    for (int n = 0; n < BATCH; n++) {
      ByteImage image =
          Resize.toSquare(ShapesImages.draw(5, ids[n]).image(), SIZE, ResizeFilter.AREA);
      Pixels.toFloats(image.data(), 0, images.data(), images.offset(n), images.itemLength());
    }
    return new Minibatch(step, 0, images, Condition.none(BATCH), ids);
  }
}
