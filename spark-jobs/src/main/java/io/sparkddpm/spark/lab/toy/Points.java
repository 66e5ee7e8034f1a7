package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** Batches of points [D, 1, 1], as networks for points take them. */
final class Points {
  private static final long SEED = 7;

  /** Of a coordinate, to both sides. */
  private static final double DIFFERENCE = 1e-4;

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

  /** A square grid of points of the plane, {@code side} from −reach to reach both ways. */
  static Batch square(double reach, int side) {
    double[] places = Numbers.range(-reach, reach, side);
    Batch points = new Batch(side * side, shape(2));
    for (int n = 0; n < points.count(); n++) {
      points.data()[2 * n] = (float) places[n % side];
      points.data()[2 * n + 1] = (float) places[n / side];
    }
    return points;
  }

  /** The slope of a function along one coordinate of a point of the plane, by differences. */
  static double slope(ToDoubleFunction<double[]> f, Batch points, int element) {
    double[] above = {points.data()[element / 2 * 2], points.data()[element / 2 * 2 + 1]};
    double[] below = above.clone();
    above[element % 2] += DIFFERENCE;
    below[element % 2] -= DIFFERENCE;
    return (f.applyAsDouble(above) - f.applyAsDouble(below)) / (2 * DIFFERENCE);
  }

  /** A plot of points of the plane. */
  static SvgPlot scatter(String caption, Batch points) {
    return new SvgPlot("x₁", "x₂", caption)
        .plane(3)
        .points("", column(points, 0), column(points, 1));
  }

  /** The variance of points of the plane, that of both coordinates together. */
  static double variance(Batch points) {
    return Numbers.variance(column(points, 0)) + Numbers.variance(column(points, 1));
  }

  /** Mean squared distance of two batches, point by point. */
  static double squaredDistance(Batch a, Batch b) {
    double squares = 0;
    for (int i = 0; i < a.data().length; i++) {
      squares += Math.pow((double) a.data()[i] - b.data()[i], 2);
    }
    return squares / a.count();
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

  /** x_t of data. */
  static Batch noised(GaussianDiffusion diffusion, Batch x0, int t, long index) {
    Batch xt = noise(x0, index);
    int[] timesteps = new int[x0.count()];
    Arrays.fill(timesteps, t);
    diffusion.qSample(x0, timesteps, xt, xt);
    return xt;
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
