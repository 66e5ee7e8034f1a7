package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OuterOptimizerTest {
  private static double[] row(NpyArray array, int row) {
    int length = array.shape()[array.shape().length - 1];
    double[] values = new double[length];
    System.arraycopy(array.toDoubles(), row * length, values, 0, length);
    return values;
  }

  /**
   * torch.optim.SGD over the pseudo-gradients.
   *
   * @param momenta {@code null}: not known
   */
  private static void check(
      OuterOptimizer optimizer, NpyArray changes, NpyArray parameters, NpyArray momenta) {
    double[] theta = row(parameters, 0);
    double[] momentum = new double[theta.length];
    for (int round = 0; round < changes.shape()[0]; round++) {
      double[] change = row(changes, round);
      for (int i = 0; i < theta.length; i++) {
        double after = optimizer.momentum(momentum[i], change[i]);
        double mean = theta[i] - change[i];
        theta[i] = mean + optimizer.correction(change[i], momentum[i], after);
        momentum[i] = after;
      }
      assertArrayEquals(row(parameters, round + 1), theta, 1e-13);
      if (momenta != null) {
        assertArrayEquals(row(momenta, round), momentum, 1e-13);
      }
    }
  }

  @Test
  void stepsAreThoseOfTorch() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/diloco_outer.npz");
    NpyArray changes = golden.get("pseudo_gradients");
    check(
        new OuterOptimizer.Nesterov(0.7, 0.9),
        changes,
        golden.get("parameters"),
        golden.get("momentum"));
    check(
        new OuterOptimizer.Momentum(0.7, 0.9),
        changes,
        golden.get("heavy_ball/parameters"),
        golden.get("momentum"));
    check(new OuterOptimizer.Nesterov(1, 0), changes, golden.get("fedavg/parameters"), changes);
    check(new OuterOptimizer.Mean(), changes, golden.get("fedavg/parameters"), null);
  }

  @Test
  void aLearningRateOfOneWithoutMomentumKeepsEachBitOfTheMean() {
    SplittableRandom random = new SplittableRandom(7);
    float[] start = new float[1000];
    float[] mean = new float[1000];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-30, 30)));
      mean[i] = (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-30, 30)));
    }
    OuterOptimizer[] identities = {
      new OuterOptimizer.Nesterov(1, 0), new OuterOptimizer.Momentum(1, 0)
    };
    for (OuterOptimizer identity : identities) {
      float[] values = mean.clone();
      new OuterStep(identity, new float[1000]).apply(start, values);
      assertArrayEquals(mean, values);
    }
    assertFalse(new OuterOptimizer.Mean().isActive());
  }

  /** However long the vector is, and at whatever place a piece of it lies. */
  @Test
  void piecesAreStepsOfTheWhole() {
    int length = (1 << 18) + 3;
    SplittableRandom random = new SplittableRandom(8);
    float[] start = new float[length];
    float[] whole = new float[length];
    for (int i = 0; i < length; i++) {
      start[i] = (float) random.nextDouble();
      whole[i] = (float) random.nextDouble();
    }
    float[] pieces = whole.clone();
    OuterOptimizer optimizer = OuterOptimizer.Nesterov.DEFAULTS;
    OuterStep step = new OuterStep(optimizer, new float[length]);
    float[] momentum = new float[length];
    for (int round = 0; round < 2; round++) {
      step.apply(start, whole);
      for (int from = 0; from < length; from += 1000) {
        int n = Math.min(1000, length - from);
        float[] moved = new float[n + 5];
        System.arraycopy(start, from, moved, 5, n);
        float[] values = new float[n];
        System.arraycopy(pieces, from, values, 0, n);
        float[] momenta = new float[n];
        System.arraycopy(momentum, from, momenta, 0, n);
        optimizer.step(moved, 5, values, momenta, 0, n);
        System.arraycopy(values, 0, pieces, from, n);
        System.arraycopy(momenta, 0, momentum, from, n);
      }
      assertArrayEquals(whole, pieces);
      assertArrayEquals(step.momentum(), momentum);
    }
  }

  @Test
  void refusesAnotherLengthAndAMomentumOfOne() {
    OuterStep step = new OuterStep(OuterOptimizer.Nesterov.DEFAULTS, new float[3]);
    var e =
        assertThrows(IllegalArgumentException.class, () -> step.apply(new float[3], new float[2]));
    assertEquals("the momentum is of 3 parameters, got 3 and 2", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new OuterOptimizer.Nesterov(1, 1));
    assertEquals("momentum must be in [0, 1), got 1.0", e.getMessage());
  }
}
