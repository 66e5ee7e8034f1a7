package io.sparkddpm.spark.training.round;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

/** What reaches a training step of a dataset. */
class WorkerSetupTest {
  private static final long SEED = 5;

  private static WorkerSetup setup(BatchSource source) {
    return new WorkerSetup(
        ScheduleConfig.DEFAULTS,
        DiffusionConfig.DEFAULTS,
        TrainingConfig.DEFAULTS,
        SEED,
        new EnginePool.Key(new Nd4jEngine(), UNetConfig.DEFAULTS, OptimizerConfig.DEFAULTS, 1),
        source,
        null);
  }

  private static BatchSource kept(String name) throws URISyntaxException {
    Configuration conf = new Configuration();
    Dataset dataset =
        Dataset.open(conf, WorkerSetupTest.class.getResource("/datasets/format-1/" + name).toURI());
    return new DatasetBatches(HadoopConf.of(conf), dataset, DataConfig.DEFAULTS, SEED);
  }

  @Test
  void labelsGoWithTheirImages() throws URISyntaxException {
    BatchSource source = kept("cifar10"); // of fewer images than a batch
    Minibatch minibatch = setup(source).minibatch(0, 3);
    int size = minibatch.images().count();
    long[] ids = source.read(3L * size, size).ids();
    assertEquals(size, Arrays.stream(minibatch.ids()).distinct().count(), "one key twice");
    for (int i = 0; i < size; i++) {
      long id = ids[i];
      assertEquals(ShapesImages.draw(4, id).label(), minibatch.condition().label(i));
      Batch expected = Pixels.toBatch(List.of(ShapesImages.draw(4, id).image()));
      if (Pixels.isFlipped(SEED, 3, minibatch.ids()[i])) {
        Pixels.flipHorizontally(expected, 0);
      }
      float[] actual = new float[expected.itemLength()];
      System.arraycopy(
          minibatch.images().data(), minibatch.images().offset(i), actual, 0, actual.length);
      assertArrayEquals(expected.data(), actual);
    }
  }

  @Test
  void imagesWithoutClassesHaveNoLabels() throws URISyntaxException {
    Minibatch minibatch = setup(kept("unclassed")).minibatch(0, 3);
    assertEquals(TrainingConfig.DEFAULTS.batchSize(), minibatch.condition().count());
    assertFalse(minibatch.condition().hasLabels());
  }

  @Test
  void whatIsNoImageIsNotMirrored() {
    BatchSource ramps =
        (position, count) -> {
          Batch batch = new Batch(count, Shape.of(1, 4));
          long[] ids = new long[count];
          for (int i = 0; i < count; i++) {
            ids[i] = position + i;
            for (int k = 0; k < 4; k++) {
              batch.data()[batch.offset(i) + k] = k;
            }
          }
          return new BatchSource.Examples(batch, Condition.none(count), ids, false);
        };
    float[] data = setup(ramps).minibatch(0, 7).images().data();
    for (int i = 0; i < data.length; i++) {
      assertEquals(i % 4, data[i]);
    }
  }
}
