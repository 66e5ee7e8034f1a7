package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;

/**
 * σ·Σ ∂ε_i/∂x̄_i of the flow by central differences of x_0 along probes (Hutchinson). One thread at
 * a time.
 */
final class Divergence {
  /** Steps as parts of σ: float rounds x_0, and its curvature counts, by 1e-4 of the result. */
  private static final double STEP = 0.02;

  private final ProbabilityFlow.ProbeSource probes;
  private final int count;
  private final Batch v;
  private final Batch shifted;
  private final Reading above;
  private final Reading below;

  /**
   * @param count of probes, at least 1
   * @param like items of that count and shape
   */
  Divergence(ProbabilityFlow.ProbeSource probes, int count, Batch like) {
    this.probes = probes;
    this.count = count;
    v = like.like();
    shifted = like.like();
    above = Reading.ofX0(like.count(), like.shape());
    below = Reading.ofX0(like.count(), like.shape());
  }

  /** Evaluations of the denoiser for each {@link #at}. */
  int evaluations() {
    return 2 * count;
  }

  /**
   * That of each item.
   *
   * @param x items as the process has them; not changed
   * @param levels of each
   */
  double[] at(Denoiser denoiser, Batch x, double[] levels, Condition condition) {
    NoiseProcess process = denoiser.process();
    double[] result = new double[v.count()];
    for (int p = 0; p < count; p++) {
      probes.fill(p, v);
      shift(x, levels, process, STEP);
      denoiser.predict(shifted, levels, condition, above);
      shift(x, levels, process, -STEP);
      denoiser.predict(shifted, levels, condition, below);
      for (int n = 0; n < result.length; n++) {
        double step = STEP * process.sigma(levels[n]);
        double sum = 0;
        double square = 0;
        for (int i = v.offset(n); i < v.offset(n + 1); i++) {
          double slope = ((double) above.x0().data()[i] - below.x0().data()[i]) / (2 * step);
          sum += v.data()[i] * slope;
          square += (double) v.data()[i] * v.data()[i];
        }
        result[n] += (square - process.alpha(levels[n]) * sum) / count; // times α/σ, times σ/α
      }
    }
    return result;
  }

  private void shift(Batch x, double[] levels, NoiseProcess process, double part) {
    for (int n = 0; n < x.count(); n++) {
      double step = part * process.sigma(levels[n]);
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        shifted.data()[i] = (float) (x.data()[i] + step * v.data()[i]);
      }
    }
  }
}
