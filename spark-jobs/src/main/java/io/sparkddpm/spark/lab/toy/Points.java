package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Arrays;

/** Batches of points [D, 1, 1], as networks for points take them. */
final class Points {
  private static final long SEED = 7;

  private Points() {}

  static Shape shape(int dimensions) {
    return Shape.of(dimensions, 1, 1);
  }

  /** Points on a line. */
  static Batch of(double[] x) {
    Batch batch = new Batch(x.length, shape(1));
    for (int n = 0; n < x.length; n++) {
      batch.data()[n] = (float) x[n];
    }
    return batch;
  }

  /** A coordinate of all points. */
  static double[] column(Batch batch, int dimension) {
    double[] values = new double[batch.count()];
    for (int n = 0; n < values.length; n++) {
      values[n] = batch.data()[batch.offset(n) + dimension];
    }
    return values;
  }

  /** Draws points of a mixture. */
  static Batch draw(GaussianMixture data, int count, long index) {
    Batch batch = new Batch(count, shape(data.dimensions()));
    double[] point = new double[data.dimensions()];
    RandomStream stream = Numbers.stream(0, index);
    for (int n = 0; n < count; n++) {
      data.draw(stream, point);
      for (int d = 0; d < point.length; d++) {
        batch.data()[batch.offset(n) + d] = (float) point[d];
      }
    }
    return batch;
  }

  /** Standard normal noise of the shape of a batch. */
  static Batch noise(Batch like, long index) {
    Batch batch = like.like();
    Numbers.stream(-1, index).fillGaussian(batch.data(), 0, batch.data().length);
    return batch;
  }

  /** What a denoiser sees in points at one level. */
  static Reading read(Denoiser denoiser, Batch x, double level) {
    Reading reading = Reading.ofX0AndEpsilon(x.count(), x.shape());
    double[] levels = new double[x.count()];
    Arrays.fill(levels, level);
    denoiser.predict(x, levels, Condition.none(x.count()), reading);
    return reading;
  }

  /** Draws samples. */
  static Batch sample(Solver solver, Denoiser denoiser, TimeGrid grid, int dimensions, int count) {
    return sample(solver, denoiser, grid, dimensions, Condition.none(count), StepListener.NONE);
  }

  /** Draws samples, one for each item of a condition. */
  static Batch sample(
      Solver solver,
      Denoiser denoiser,
      TimeGrid grid,
      int dimensions,
      Condition condition,
      StepListener listener) {
    return new SeededBatches(solver, grid, SEED, condition.count(), shape(dimensions))
        .draw(denoiser, 0, condition, listener);
  }
}
