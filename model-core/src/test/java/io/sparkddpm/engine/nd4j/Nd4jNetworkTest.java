package io.sparkddpm.engine.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.layers.LayeredNetwork;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Nd4jNetworkTest {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0.1);
  private static final OptimizerConfig OPTIMIZER =
      new OptimizerConfig(new LearningRate.Constant(1e-3, 2), 0.9, 0.999, 1e-8, 1.0);

  private static TrainingBatch batch(int count, long key) {
    Batch xt = new Batch(count, 3, 8, 8);
    Batch target = new Batch(count, 3, 8, 8);
    RandomStream.of(1, Purpose.NOISE, key, 0).fillGaussian(xt.data(), 0, xt.data().length);
    RandomStream.of(1, Purpose.NOISE, key, 1).fillGaussian(target.data(), 0, target.data().length);
    double[] timesteps = new double[count];
    float[] weights = new float[count];
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      timesteps[i] = 100 * i;
      weights[i] = 1;
      keys[i] = key * 1000 + i;
    }
    NetworkInput input = new NetworkInput(xt, timesteps, Condition.none(count), keys);
    return new TrainingBatch(1, key, input, xt.like(), target, new long[count], weights);
  }

  /** Against ε, the batch's target. */
  private static TrainingStep training(TrainableNetwork model, OptimizerConfig optimizer) {
    GaussianDiffusion process =
        new GaussianDiffusion(NoiseSchedule.of(ScheduleConfig.DEFAULTS), DiffusionConfig.DEFAULTS);
    return new TrainingStep(model, new SquaredError(process, new ConstantWeighting()), optimizer);
  }

  private static StepResult step(TrainableNetwork model, TrainingBatch batch) {
    return training(model, OPTIMIZER).take(batch);
  }

  private static StepResult gradient(
      TrainableNetwork model, TrainingBatch batch, float[] gradient) {
    return training(model, OPTIMIZER).gradient(batch, gradient);
  }

  private static TrainableNetwork model(LayeredNetwork.KernelChoice kernels) {
    TrainableNetwork model = new Nd4jNetwork(NETWORK.spec(), OPTIMIZER, 1, kernels, new Profile());
    model.load(TrainingState.initial(new Nd4jEngine().initialParameters(NETWORK, 5)));
    return model;
  }

  private static TrainingState stateOf(TrainableNetwork model) {
    int length = (int) model.layout().stream().mapToLong(t -> t.length()).sum();
    TrainingState state = TrainingState.initial(new float[length]);
    model.store(state);
    return state;
  }

  @Test
  void aStateReadInPiecesIsTheStateStored() {
    try (TrainableNetwork model = model(LayeredNetwork.KernelChoice.VECTOR)) {
      int length = stateOf(model).parameters().length;
      model.load(new TrainingState(ramp(length, 1), ramp(length, 2), ramp(length, 3), 5));
      int piece = length / 3 + 1;
      for (StateVector vector : StateVector.values()) {
        ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < length; at += piece) {
          int end = Math.min(length, at + piece);
          model.read(vector, at, bytes.asFloatBuffer().position(at).limit(end).slice());
        }
        float[] read = new float[length];
        bytes.asFloatBuffer().get(read);
        assertArrayEquals(ramp(length, 1 + vector.ordinal()), read);
      }
      FloatBuffer beyond = FloatBuffer.allocate(2);
      assertThrows(
          IllegalArgumentException.class,
          () -> model.read(StateVector.PARAMETERS, length - 1, beyond));
    }
  }

  private static float[] ramp(int length, float from) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = from + i / 1024f;
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource(LayeredNetwork.KernelChoice.class)
  void stepIsClipAndAdamAsTheOfficialCodeHasThem(LayeredNetwork.KernelChoice kernels) {
    try (TrainableNetwork model = model(kernels)) {
      int length = stateOf(model).parameters().length;
      float[] gradient = new float[length];
      double[] p = doubles(stateOf(model).parameters());
      double[] m = new double[length];
      double[] v = new double[length];
      for (int step = 0; step < 4; step++) {
        TrainingBatch batch = batch(3, step);
        double norm = gradient(model, batch, gradient).gradientNorm();
        double sum = 0;
        for (float g : gradient) {
          sum += (double) g * g;
        }
        assertEquals(Math.sqrt(sum), norm, 1e-5 * norm);
        double clip = Math.min(1, 1 / norm);
        double rate = 1e-3 * Math.min(1, step / 2.0);
        rate *= Math.sqrt(1 - Math.pow(0.999, step + 1)) / (1 - Math.pow(0.9, step + 1));
        for (int i = 0; i < length; i++) {
          double g = gradient[i] * clip;
          m[i] = 0.9 * m[i] + 0.1 * g;
          v[i] = 0.999 * v[i] + 0.001 * g * g;
          p[i] -= rate * m[i] / (Math.sqrt(v[i]) + 1e-8);
        }
        StepResult result = step(model, batch);
        assertEquals(norm, result.gradientNorm(), 1e-6 * norm);
        TrainingState state = stateOf(model);
        assertEquals(step + 1, state.step());
        for (int i = 0; i < length; i++) {
          assertEquals(
              p[i],
              state.parameters()[i],
              2e-6 + 1e-4 * rate,
              "parameter " + i + " after step " + step);
        }
        p = doubles(state.parameters());
        m = doubles(state.firstMoment());
        v = doubles(state.secondMoment());
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  @Test
  void lossIsTheMeanSquaredErrorAndGradientsAreItsSlope() {
    try (TrainableNetwork model = model(LayeredNetwork.KernelChoice.VECTOR)) {
      TrainingBatch batch = batch(2, 9);
      float[] gradient = new float[stateOf(model).parameters().length];
      StepResult result = gradient(model, batch, gradient);
      double mean = (result.items().loss(0) + result.items().loss(1)) / 2;
      assertEquals(mean, result.loss(), 1e-12);
      // The last bias shifts every output pixel: d loss / d bias = mean of 2·(y − target)/3.
      TrainingState state = stateOf(model);
      int last = gradient.length - 1;
      double step = 1e-2;
      state.parameters()[last] += (float) step;
      model.load(state);
      double above = gradient(model, batch, new float[gradient.length]).loss();
      state.parameters()[last] -= (float) (2 * step);
      model.load(state);
      double below = gradient(model, batch, new float[gradient.length]).loss();
      assertEquals((above - below) / (2 * step), gradient[last], 1e-4);
    }
  }

  private static float[] gradient(int threads, int microBatch, TrainingBatch batch) {
    try (TrainableNetwork model =
        new Nd4jNetwork(
            NETWORK.spec(),
            OPTIMIZER.withMicroBatch(microBatch),
            threads,
            LayeredNetwork.KernelChoice.VECTOR,
            new Profile())) {
      model.load(TrainingState.initial(new Nd4jEngine().initialParameters(NETWORK, 5)));
      float[] gradient = new float[stateOf(model).parameters().length];
      TrainingStep step = training(model, OPTIMIZER.withMicroBatch(microBatch));
      double loss = step.gradient(batch, gradient).loss();
      assertEquals(loss, step.gradient(batch, gradient).loss());
      return gradient;
    }
  }

  @Test
  void sharesAndMicroBatchesOnlyChangeTheOrderOfTheSum() {
    TrainingBatch batch = batch(7, 3);
    batch.weights()[4] = 2.5f;
    float[] whole = gradient(1, 0, batch);
    double norm = 0;
    for (float g : whole) {
      norm += (double) g * g;
    }
    // A sum over 7 images in any order differs by a few roundings of its largest parts.
    float tolerance = (float) (1e-5 * Math.sqrt(norm));
    for (int[] split : new int[][] {{2, 0}, {3, 0}, {9, 0}, {1, 3}, {2, 4}, {2, 1}, {1, 7}}) {
      assertArrayEquals(
          whole,
          gradient(split[0], split[1], batch),
          tolerance,
          split[0] + " threads, " + split[1] + " images at once");
    }
    assertArrayEquals(gradient(2, 3, batch), gradient(2, 3, batch));
  }

  @Test
  void stepEqualsGradientThenApply() {
    try (TrainableNetwork one = model(LayeredNetwork.KernelChoice.VECTOR);
        TrainableNetwork two = model(LayeredNetwork.KernelChoice.VECTOR)) {
      float[] gradient = new float[stateOf(one).parameters().length];
      for (int step = 0; step < 3; step++) {
        step(one, batch(2, step));
        gradient(two, batch(2, step), gradient);
        two.loadGradient(gradient);
        two.update(two.gradientNorm());
      }
      assertArrayEquals(stateOf(one).parameters(), stateOf(two).parameters());
      assertArrayEquals(stateOf(one).secondMoment(), stateOf(two).secondMoment());
    }
  }

  @Test
  void stateMovesBetweenModelsWithoutATrace() {
    try (TrainableNetwork one = model(LayeredNetwork.KernelChoice.VECTOR);
        TrainableNetwork two = model(LayeredNetwork.KernelChoice.VECTOR)) {
      step(one, batch(2, 0));
      step(one, batch(3, 1));
      TrainingState between = stateOf(one);
      step(one, batch(2, 2));
      step(two, batch(1, 77));
      two.load(between);
      step(two, batch(2, 2));
      assertArrayEquals(stateOf(one).parameters(), stateOf(two).parameters());
    }
  }

  @Test
  void learnsABatchByHeart() {
    try (TrainableNetwork model = model(LayeredNetwork.KernelChoice.VECTOR)) {
      TrainingBatch batch = batch(4, 1);
      double before = step(model, batch).loss();
      double after = before;
      for (int i = 0; i < 60; i++) {
        after = step(model, batch).loss();
      }
      assertTrue(after < 0.7 * before, before + " -> " + after);
    }
  }

  @Test
  void steadyStepsAllocateNothingOffTheHeap() {
    try (TrainableNetwork model = model(LayeredNetwork.KernelChoice.VECTOR)) {
      TrainingBatch batch = batch(4, 1);
      for (int i = 0; i < 3; i++) {
        step(model, batch);
      }
      long before = Pointer.totalCount();
      for (int i = 0; i < 5; i++) {
        step(model, batch);
      }
      long grown = Pointer.totalCount() - before;
      assertTrue(grown <= 0, grown + " more"); // fewer: what earlier tests left was collected
    }
  }

  @Test
  void wrongShapesAreNamed() {
    try (TrainableNetwork model = model(LayeredNetwork.KernelChoice.VECTOR)) {
      Batch wrong = new Batch(1, 3, 4, 4);
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  model.forward(
                      wrong, new double[1], Condition.none(wrong.count()), new Batch(1, 3, 8, 8)));
      assertEquals("xt must have shape [N, 3, 8, 8], got [1, 3, 4, 4]", e.getMessage());
    }
  }

  private static final float REACH = 1e-2f;

  /**
   * The gradient by the input against central differences of the loss Σ y·r, whose third derivative
   * times the square of the reach, and rounding by the reach, are far below what is allowed.
   */
  @ParameterizedTest
  @EnumSource(LayeredNetwork.KernelChoice.class)
  void theGradientByTheInputIsTheSlopeOfTheOutput(LayeredNetwork.KernelChoice kernels) {
    int threads = kernels == LayeredNetwork.KernelChoice.VECTOR ? 2 : 1;
    try (TrainableNetwork model =
        new Nd4jNetwork(NETWORK.spec(), OPTIMIZER, threads, kernels, new Profile())) {
      model.load(TrainingState.initial(parameters(stateOf(model).parameters().length)));
      TrainingBatch batch = batch(5, 4);
      Batch direction = batch(5, 77).epsilon();
      Batch output = new Batch(5, 3, 8, 8);
      Batch inputGradient = new Batch(5, 3, 8, 8);
      float[] whole = new float[stateOf(model).parameters().length];
      model.forward(batch.input(), 1, 4, true, output);
      model.backward(direction, false, inputGradient);
      model.storeGradient(whole);
      for (int n : new int[] {0, 4}) { // what was not asked for is left alone
        for (int i = output.offset(n); i < output.offset(n + 1); i++) {
          assertEquals(0, inputGradient.data()[i]);
          assertEquals(0, output.data()[i]);
        }
      }
      double norm = norm(inputGradient.data());
      for (int n = 1; n < 4; n++) {
        for (int i = output.offset(n); i < output.offset(n + 1); i += 23) {
          float x = batch.xt().data()[i];
          batch.xt().data()[i] = x + REACH;
          double above = scalar(model, batch, direction, output);
          batch.xt().data()[i] = x - REACH;
          double below = scalar(model, batch, direction, output);
          batch.xt().data()[i] = x;
          double slope = (above - below) / (x + REACH - (double) (x - REACH));
          assertEquals(slope, inputGradient.data()[i], 2e-3 * norm, "x[" + i + "]");
        }
      }
      float[] without = new float[whole.length];
      model.forward(batch.input(), 1, 4, false, output);
      model.backward(direction, false, null);
      model.storeGradient(without);
      assertArrayEquals(whole, without);
      assertEquals(
          "there was no forward pass to take the gradient of",
          assertThrows(IllegalStateException.class, () -> model.backward(direction, false, null))
              .getMessage());
    }
  }

  private static double scalar(
      TrainableNetwork model, TrainingBatch batch, Batch direction, Batch output) {
    model.forward(batch.input(), 1, 4, false, output);
    double sum = 0;
    for (int i = output.offset(1); i < output.offset(4); i++) {
      sum += (double) output.data()[i] * direction.data()[i];
    }
    return sum;
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /** Nowhere near 0, as after some training. */
  private static float[] parameters(int length) {
    float[] values = new float[length];
    RandomStream.of(3, Purpose.INIT, 7).fillGaussian(values, 0, length);
    for (int i = 0; i < length; i++) {
      values[i] *= 0.05f;
    }
    return values;
  }
}
