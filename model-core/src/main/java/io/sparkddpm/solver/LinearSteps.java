package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.Objects;

/**
 * The loop that all samplers share. A step is linear in x_t, the network's prediction, the
 * (clipped) x0 that follows from both, and fresh noise; samplers differ in the coefficients only.
 * Arithmetic is in double. Immutable; threads may share it.
 */
final class LinearSteps {
  /**
   * One step: {@code x0 = clip(toX0(x_t, prediction))}, then {@code next = fromX0·x0 + fromXt·x_t +
   * fromPrediction·prediction + sigma·z}.
   */
  record Step(
      int timestep,
      Conversion toX0,
      double fromX0,
      double fromXt,
      double fromPrediction,
      double sigma) {}

  private final Step[] steps;
  private final boolean clipX0;

  LinearSteps(Step[] steps, boolean clipX0) {
    this.steps = steps;
    this.clipX0 = clipX0;
  }

  int count() {
    return steps.length;
  }

  Step step(int k) {
    return steps[k];
  }

  void denoise(Network model, NoiseSource noise, Batch x, int firstStep, StepListener listener) {
    Objects.checkIndex(firstStep, steps.length);
    checkArgument(x.count() >= 1, "there is no image to denoise");
    Batch prediction = new Batch(x.count(), x.channels(), x.height(), x.width());
    Batch x0 = new Batch(x.count(), x.channels(), x.height(), x.width());
    float[] z = new float[x.itemLength()];
    double[] levels = new double[x.count()];
    Condition condition = Condition.none(x.count());
    for (int k = firstStep; k >= 0; k--) {
      Step step = steps[k];
      Arrays.fill(levels, step.timestep());
      model.forward(x, levels, condition, prediction);
      predictX0(step, x, prediction, x0);
      listener.onStep(k, step.timestep(), x, x0);
      for (int n = 0; n < x.count(); n++) {
        if (step.sigma() > 0) {
          noise.fill(n, z, 0, z.length);
        }
        advance(step, x, prediction, x0, z, x.offset(n));
      }
    }
  }

  private void predictX0(Step step, Batch x, Batch prediction, Batch x0) {
    double xCoefficient = step.toX0().xt();
    double coefficient = step.toX0().value();
    double bound = clipX0 ? 1.0 : Double.POSITIVE_INFINITY;
    double notFinite = 0;
    for (int i = 0; i < x.data().length; i++) {
      double p = prediction.data()[i];
      notFinite += p * 0.0; // NaN as soon as one is
      double value = xCoefficient * x.data()[i] + coefficient * p;
      x0.data()[i] = (float) Math.max(-bound, Math.min(bound, value));
    }
    if (notFinite != 0) {
      throw new TrainingDivergedException(
          "The network predicts a value that is not finite at timestep %s; its weights cannot be"
              + " sampled from",
          step.timestep());
    }
  }

  private static void advance(
      Step step, Batch x, Batch prediction, Batch x0, float[] z, int offset) {
    float[] xs = x.data();
    float[] predictions = prediction.data();
    float[] x0s = x0.data();
    double fromX0 = step.fromX0();
    double fromXt = step.fromXt();
    double fromPrediction = step.fromPrediction();
    double sigma = step.sigma();
    for (int j = 0; j < z.length; j++) {
      int i = offset + j;
      double mean = fromX0 * x0s[i] + fromXt * xs[i] + fromPrediction * predictions[i];
      xs[i] = (float) (mean + sigma * z[j]);
    }
  }
}
