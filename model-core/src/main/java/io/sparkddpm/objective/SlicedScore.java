package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.Head;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Sliced score matching of the score s = −ε̂/σ: J = vᵀ(∂s/∂x)v + ½‖s‖², or ½(vᵀs)², with signs v at
 * random from each example's own stream; Song et al. 2019 (arXiv:1905.07088), eq. 8 and sec. 2.2.
 *
 * <p>The slope along v is a central difference of two evaluations at x ± hσv (Pang et al. 2020,
 * arXiv:2007.03317), so that its gradient by the parameters needs first derivatives of the network
 * alone: engines give the exact slope by the gradient by the input, but not the second derivatives
 * that its gradient would need.
 *
 * <p>The loss is 1 + 2σ²J/D. Its mean is that of the squared error of ε, with the same minimum; it
 * does not look at ε, and one example's may be negative.
 */
final class SlicedScore implements Objective {
  static final int EVALUATIONS = 2;

  private final GaussianDiffusion diffusion;
  private final double step;
  private final boolean varianceReduced;
  private final MeanErrors meanErrors;
  private final Head head;
  private Batch directions;
  private Batch xs;
  private double[] levels;
  private long[] dropoutKeys;

  /**
   * @param step h
   * @param varianceReduced whether the second term is ½‖s‖²
   */
  SlicedScore(GaussianDiffusion diffusion, double step, boolean varianceReduced) {
    this.diffusion = diffusion;
    this.step = step;
    this.varianceReduced = varianceReduced;
    this.meanErrors = new MeanErrors(diffusion);
    this.head = diffusion.config().head();
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    Objective.requireShape(data, output);
  }

  @Override
  public int evaluations() {
    return EVALUATIONS;
  }

  @Override
  public NetworkInput input(TrainingBatch batch) {
    Batch xt = batch.xt();
    if (directions == null || !directions.sameShape(xt)) {
      directions = xt.like();
      xs = new Batch(EVALUATIONS * xt.count(), xt.shape());
      levels = new double[xs.count()];
      dropoutKeys = new long[xs.count()];
    }
    for (int n = 0; n < xt.count(); n++) {
      RandomStream stream = batch.stream(Purpose.SLICE, n);
      double length = step * diffusion.process().sigma(batch.timestep(n));
      int above = xs.offset(EVALUATIONS * n);
      int below = xs.offset(EVALUATIONS * n + 1);
      for (int j = 0; j < xt.itemLength(); j++) {
        float v = stream.nextInt() < 0 ? -1 : 1;
        float x = xt.data()[xt.offset(n) + j];
        directions.data()[directions.offset(n) + j] = v;
        xs.data()[above + j] = (float) (x + length * v);
        xs.data()[below + j] = (float) (x - length * v);
      }
      for (int i = EVALUATIONS * n; i < EVALUATIONS * (n + 1); i++) {
        levels[i] = batch.level(n);
        dropoutKeys[i] = batch.input().dropoutKeys()[n];
      }
    }
    return new NetworkInput(xs, levels, batch.condition().repeated(EVALUATIONS), dropoutKeys);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    checkArgument(output.sameShape(xs), "output must have shape %s, got %s", xs, output);
    for (int n = first; n < end; n++) {
      evaluate(batch, n, output, losses);
    }
  }

  private void evaluate(TrainingBatch batch, int item, Batch output, ItemLosses losses) {
    int t = batch.timestep(item);
    Conversion toEpsilon = head.toEpsilon(diffusion.process(), t);
    int length = batch.x0().itemLength();
    int area = length / batch.x0().channels();
    int at = batch.x0().offset(item);
    int above = output.offset(EVALUATIONS * item);
    int below = output.offset(EVALUATIONS * item + 1);
    float[] y = output.data();
    double slope = 0;
    double squares = 0;
    double along = 0;
    double errors = 0;
    double channel = 0;
    double squaredSums = 0;
    for (int j = 0; j < length; j++) {
      double v = directions.data()[at + j];
      double up = toEpsilon.apply(xs.data()[above + j], y[above + j]);
      double down = toEpsilon.apply(xs.data()[below + j], y[below + j]);
      double middle = 0.5 * (up + down);
      slope += v * (up - down);
      squares += middle * middle;
      along += v * middle;
      double d = 0.5 * ((double) y[above + j] + y[below + j]) - target(batch, at + j, t);
      errors += d * d;
      channel += d;
      if ((j + 1) % area == 0) {
        squaredSums += channel * channel;
        channel = 0;
      }
    }
    double norm = varianceReduced ? squares : along * along;
    double loss = 1 + (norm - slope / step) / length;
    losses.set(item, loss, errors / length, meanErrors.of(t, squaredSums, length));
    double factor = toEpsilon.output() * batch.weights()[item] / ((double) length * batch.count());
    for (int j = 0; j < length; j++) {
      double v = directions.data()[at + j];
      double up = toEpsilon.apply(xs.data()[above + j], y[above + j]);
      double down = toEpsilon.apply(xs.data()[below + j], y[below + j]);
      double byNorm = varianceReduced ? 0.5 * (up + down) : v * along; // of both alike
      y[above + j] = (float) (factor * (byNorm - v / step));
      y[below + j] = (float) (factor * (byNorm + v / step));
    }
  }

  private double target(TrainingBatch batch, int place, int t) {
    return diffusion.target(
        batch.x0().data()[place], batch.xt().data()[place], batch.epsilon().data()[place], t);
  }
}
