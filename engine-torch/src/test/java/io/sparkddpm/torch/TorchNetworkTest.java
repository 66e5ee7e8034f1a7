package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.Engines;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.Batch;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TorchNetworkTest {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0.1);
  private static final OptimizerConfig OPTIMIZER =
      new OptimizerConfig(new LearningRate.Constant(1e-3, 2), 0.9, 0.999, 1e-8, 1.0);

  private static TrainableNetwork model(Precision precision, int threads, int microBatch) {
    TorchEngine engine = new TorchEngine(TorchConfig.DEFAULTS.withPrecision(precision), 0);
    TrainableNetwork model = engine.create(NETWORK, OPTIMIZER.withMicroBatch(microBatch), threads);
    model.load(TrainingState.initial(engine.initialParameters(NETWORK, 5)));
    return model;
  }

  private static TrainableNetwork model(Precision precision) {
    return model(precision, 1, 0);
  }

  private static TrainingBatch batch(int count, long key) {
    return Batches.of(NETWORK, count, key);
  }

  private static StepResult step(TrainableNetwork model, TrainingBatch batch) {
    return Batches.training(model, NETWORK, OPTIMIZER).take(batch);
  }

  private static StepResult gradient(
      TrainableNetwork model, TrainingBatch batch, float[] gradient) {
    return Batches.training(model, NETWORK, OPTIMIZER).gradient(batch, gradient);
  }

  @Test
  void isFoundByItsName() {
    assertEquals(new TorchEngine(TorchConfig.DEFAULTS, 0), Engines.of(TorchConfig.DEFAULTS));
    assertEquals("torch-float32-cpu", Engines.of(TorchConfig.DEFAULTS).name());
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void theSameStepsGiveTheSameBitsAndStateMovesWithoutATrace(Precision precision) {
    try (TrainableNetwork one = model(precision, 2, 0);
        TrainableNetwork two = model(precision, 2, 0)) {
      step(one, batch(2, 0));
      step(one, batch(3, 1));
      TrainingState between = Batches.stateOf(one);
      step(one, batch(2, 2));
      step(two, batch(1, 77));
      two.load(between);
      step(two, batch(2, 2));
      assertArrayEquals(Batches.stateOf(one).parameters(), Batches.stateOf(two).parameters());
      assertArrayEquals(Batches.stateOf(one).secondMoment(), Batches.stateOf(two).secondMoment());
    }
  }

  @Test
  void aStateReadInPiecesIsTheStateStored() {
    try (TrainableNetwork model = model(Precision.FLOAT32)) {
      step(model, batch(2, 0));
      TrainingState stored = Batches.stateOf(model);
      float[][] vectors = {stored.parameters(), stored.firstMoment(), stored.secondMoment()};
      int length = vectors[0].length;
      int piece = length / 3 + 1;
      for (StateVector vector : StateVector.values()) {
        float[] read = new float[length];
        for (int at = 0; at < length; at += piece) {
          model.read(vector, at, FloatBuffer.wrap(read, at, Math.min(piece, length - at)));
        }
        assertArrayEquals(vectors[vector.ordinal()], read);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void stepEqualsGradientThenApply(Precision precision) {
    try (TrainableNetwork one = model(precision);
        TrainableNetwork two = model(precision)) {
      float[] gradient = new float[Batches.length(one)];
      for (int step = 0; step < 3; step++) {
        step(one, batch(2, step));
        gradient(two, batch(2, step), gradient);
        two.loadGradient(gradient);
        two.update(two.gradientNorm());
      }
      assertArrayEquals(Batches.stateOf(one).parameters(), Batches.stateOf(two).parameters());
    }
  }

  @Test
  void microBatchesOnlyChangeTheOrderOfTheSum() {
    TrainingBatch batch = batch(7, 3);
    float[][] gradients = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (TrainableNetwork model = model(Precision.FLOAT32, 1, 3 * i)) {
        gradients[i] = new float[Batches.length(model)];
        Batches.training(model, NETWORK, OPTIMIZER.withMicroBatch(3 * i))
            .gradient(batch, gradients[i]);
      }
    }
    int length = gradients[0].length;
    double norm = Batches.norm(gradients[0], 0, length);
    // A sum over 7 images in any order differs by a few roundings of its largest parts.
    assertArrayEquals(gradients[0], gradients[1], (float) (1e-5 * norm));
  }

  /**
   * Every product's factors are rounded to 8 bits, a relative error of at most 2^-9 each; errors of
   * a network's layers add up as their squares do. 22 layers, forward and back, two factors each:
   * 2^-9·√88 = 0.018.
   */
  @Test
  void bfloat16IsFloat32UpToItsRoundingAndIsUsed() {
    TrainingBatch batch = batch(4, 3);
    float[][] gradients = new float[2][];
    double[] losses = new double[2];
    Precision[] precisions = {Precision.FLOAT32, Precision.BFLOAT16};
    for (int i = 0; i < 2; i++) {
      try (TrainableNetwork model = model(precisions[i])) {
        float[] parameters = Batches.parameters(Batches.length(model), 3);
        model.load(TrainingState.initial(parameters));
        gradients[i] = new float[parameters.length];
        losses[i] = gradient(model, batch, gradients[i]).loss();
        assertArrayEquals(parameters, Batches.stateOf(model).parameters(), "kept in float32");
      }
    }
    assertEquals(losses[0], losses[1], 0.018 * losses[0]);
    int length = gradients[0].length;
    double distance = Batches.distance(gradients[0], gradients[1], 0, length);
    double norm = Batches.norm(gradients[0], 0, length);
    assertTrue(distance <= 0.018 * norm, distance + " of " + norm);
    assertFalse(Arrays.equals(gradients[0], gradients[1]), "nothing was rounded");
    assertTrue(distance > 1e-4 * norm, "float32 would be as near: " + distance + " of " + norm);
  }

  @Test
  void precisionOfOneModelDoesNotReachAnother() {
    TrainingBatch batch = batch(2, 3);
    try (TrainableNetwork exact = model(Precision.FLOAT32);
        TrainableNetwork rounded = model(Precision.BFLOAT16)) {
      float[] before = new float[Batches.length(exact)];
      float[] after = new float[before.length];
      gradient(exact, batch, before);
      step(rounded, batch);
      gradient(exact, batch, after);
      assertArrayEquals(before, after);
    }
  }

  @Test
  void learnsABatchByHeart() {
    try (TrainableNetwork model = model(Precision.BFLOAT16)) {
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
  void steadyStepsLeaveNothingOffTheHeap() {
    try (TrainableNetwork model = model(Precision.FLOAT32)) {
      TrainingBatch batch = batch(4, 1);
      Batch prediction = new Batch(4, 3, 8, 8);
      Runnable stepAndPredict =
          () -> {
            step(model, batch);
            model.forward(
                batch.xt(), batch.input().levels(), Condition.none(batch.xt().count()), prediction);
          };
      stepAndPredict.run();
      OffHeap.assertFreed(stepAndPredict);
    }
  }

  @Test
  void wrongShapesAreNamed() {
    try (TrainableNetwork model = model(Precision.FLOAT32)) {
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

  @Test
  void theGradientByTheInputHasToBeAskedForInTime() {
    try (TrainableNetwork model = model(Precision.FLOAT32)) {
      TrainingBatch batch = batch(2, 0);
      Batch output = new Batch(2, 3, 8, 8);
      model.forward(batch.input(), 0, 2, false, output);
      assertEquals(
          "the forward pass was not asked for the gradient by its input",
          assertThrows(
                  IllegalStateException.class,
                  () -> model.backward(output, false, new Batch(2, 3, 8, 8)))
              .getMessage());
    }
  }
}
