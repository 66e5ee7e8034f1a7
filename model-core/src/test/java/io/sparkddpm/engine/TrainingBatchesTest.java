package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TrainingBatchesTest {
  private static final GaussianDiffusion DIFFUSION =
      new GaussianDiffusion(NoiseSchedule.of(ScheduleConfig.DEFAULTS), DiffusionConfig.DEFAULTS);

  private static Batch images(int count) {
    Batch x0 = new Batch(count, 3, 2, 2);
    for (int i = 0; i < x0.data().length; i++) {
      x0.data()[i] = (i % 21) / 10f - 1;
    }
    return x0;
  }

  @Test
  void anExampleDoesNotDependOnItsBatch() {
    Batch x0 = images(5);
    long[] ids = {100, 3, 7, 1L << 40, 0};
    TrainingBatch all = new TrainingBatches(DIFFUSION, 42).noise(x0, ids, 17);
    TrainingBatches other = new TrainingBatches(DIFFUSION, 42);
    for (int n = 4; n >= 0; n--) {
      Batch single =
          new Batch(Arrays.copyOfRange(x0.data(), x0.offset(n), x0.offset(n + 1)), 1, 3, 2, 2);
      TrainingBatch one = other.noise(single, new long[] {ids[n]}, 17);
      assertEquals(all.timesteps()[n], one.timesteps()[0]);
      assertEquals(all.dropoutKeys()[n], one.dropoutKeys()[0]);
      assertArrayEquals(
          Arrays.copyOfRange(all.xt().data(), x0.offset(n), x0.offset(n + 1)), one.xt().data());
      assertArrayEquals(
          Arrays.copyOfRange(all.target().data(), x0.offset(n), x0.offset(n + 1)),
          one.target().data());
      assertEquals(1f, one.weights()[0]);
    }
  }

  @Test
  void theBatchIsTheForwardProcess() {
    Batch x0 = images(2);
    TrainingBatch batch = new TrainingBatches(DIFFUSION, 1).noise(x0, new long[] {8, 9}, 3);
    float[] epsilon = new float[x0.itemLength()];
    RandomStream.of(1, Purpose.NOISE, 3, 9).fillGaussian(epsilon, 0, epsilon.length);
    int t = RandomStream.of(1, Purpose.TIMESTEP, 3, 9).nextInt(1000);
    assertEquals(t, batch.timesteps()[1]);
    for (int i = 0; i < epsilon.length; i++) {
      int at = x0.offset(1) + i;
      assertEquals(epsilon[i], batch.target().data()[at]);
      assertEquals((float) DIFFUSION.qSample(x0.data()[at], t, epsilon[i]), batch.xt().data()[at]);
    }
  }

  @Test
  void stepsAndExamplesDiffer() {
    TrainingBatches noiser = new TrainingBatches(DIFFUSION, 1);
    Batch x0 = images(2);
    TrainingBatch first = noiser.noise(x0, new long[] {0, 1}, 0);
    long key = first.dropoutKeys()[0];
    float value = first.target().data()[0];
    assertNotEquals(key, first.dropoutKeys()[1]);
    TrainingBatch second = noiser.noise(x0, new long[] {0, 1}, 1);
    assertSame(first, second, "buffers are used again");
    assertNotEquals(key, second.dropoutKeys()[0]);
    assertNotEquals(value, second.target().data()[0]);
  }

  @Test
  void idsAreChecked() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new TrainingBatches(DIFFUSION, 1).noise(images(2), new long[1], 0));
    assertEquals("exampleIds must have length 2, got 1", e.getMessage());
  }
}
