package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.objective.UniformClock;
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

  private static TrainingBatches batches(long seed) {
    return new TrainingBatches(DIFFUSION, new UniformClock(DIFFUSION.steps()), seed);
  }

  private static Minibatch minibatch(Batch x0, long step, long... ids) {
    int[] labels = new int[x0.count()];
    for (int n = 0; n < labels.length; n++) {
      labels[n] = (int) (ids[n] % 10);
    }
    return new Minibatch(step, 0, x0, Condition.labels(labels), ids);
  }

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
    TrainingBatch all = batches(42).noise(minibatch(x0, 17, ids));
    TrainingBatches other = batches(42);
    for (int n = 4; n >= 0; n--) {
      Batch single =
          new Batch(Arrays.copyOfRange(x0.data(), x0.offset(n), x0.offset(n + 1)), 1, 3, 2, 2);
      TrainingBatch one = other.noise(minibatch(single, 17, ids[n]));
      assertEquals(all.level(n), one.level(0));
      assertEquals(all.input().dropoutKeys()[n], one.input().dropoutKeys()[0]);
      assertArrayEquals(
          Arrays.copyOfRange(all.xt().data(), x0.offset(n), x0.offset(n + 1)), one.xt().data());
      assertArrayEquals(
          Arrays.copyOfRange(all.epsilon().data(), x0.offset(n), x0.offset(n + 1)),
          one.epsilon().data());
      assertEquals(1f, one.weights()[0]);
      assertEquals(all.condition().label(n), one.condition().label(0));
      assertEquals(
          all.stream(Purpose.TIMESTEP, n).nextLong(), one.stream(Purpose.TIMESTEP, 0).nextLong());
    }
  }

  @Test
  void theBatchIsTheForwardProcess() {
    Batch x0 = images(2);
    TrainingBatch batch = batches(1).noise(minibatch(x0, 3, 8, 9));
    float[] epsilon = new float[x0.itemLength()];
    RandomStream.of(1, Purpose.NOISE, 3, 9).fillGaussian(epsilon, 0, epsilon.length);
    int t = RandomStream.of(1, Purpose.TIMESTEP, 3, 9).nextInt(1000);
    assertEquals(t, batch.timestep(1));
    assertSame(x0, batch.x0());
    for (int i = 0; i < epsilon.length; i++) {
      int at = x0.offset(1) + i;
      assertEquals(epsilon[i], batch.epsilon().data()[at]);
      assertEquals((float) DIFFUSION.qSample(x0.data()[at], t, epsilon[i]), batch.xt().data()[at]);
    }
  }

  @Test
  void stepsAndExamplesDiffer() {
    TrainingBatches noiser = batches(1);
    Batch x0 = images(2);
    TrainingBatch first = noiser.noise(minibatch(x0, 0, 0, 1));
    long key = first.input().dropoutKeys()[0];
    float value = first.epsilon().data()[0];
    assertNotEquals(key, first.input().dropoutKeys()[1]);
    TrainingBatch second = noiser.noise(minibatch(x0, 1, 0, 1));
    assertSame(first.xt(), second.xt(), "buffers are used again");
    assertNotEquals(key, second.input().dropoutKeys()[0]);
    assertNotEquals(value, second.epsilon().data()[0]);
  }

  @Test
  void idsConditionsAndShapesAreChecked() {
    assertEquals(
        "2 images with 1 ids and 3 conditions",
        assertThrows(
                IllegalArgumentException.class,
                () -> new Minibatch(0, 0, images(2), Condition.none(3), new long[1]))
            .getMessage());
    TrainingBatch batch = batches(1).noise(minibatch(images(2), 0, 0, 1));
    assertEquals(
        "x0 and epsilon must have the shape of xt, [2, 3, 2, 2], got [1, 3, 2, 2] and"
            + " [2, 3, 2, 2]",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new TrainingBatch(
                        0, 0, batch.input(), images(1), batch.epsilon(), new long[2], new float[2]))
            .getMessage());
    assertEquals(
        "2 items with 1 levels, 2 conditions and 2 dropout keys",
        assertThrows(
                IllegalArgumentException.class,
                () -> new NetworkInput(images(2), new double[1], Condition.none(2), new long[2]))
            .getMessage());
    batch.input().levels()[1] = 2.5;
    assertEquals(
        "item 1 has level 2.5, a whole timestep is needed",
        assertThrows(IllegalArgumentException.class, () -> batch.timestep(1)).getMessage());
  }
}
