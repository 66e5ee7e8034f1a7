package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;

/**
 * Classifier guidance: ε − s·σ·∇ ln p(y | x_t), and the x_0 that agrees with it; Dhariwal and
 * Nichol 2021 (arXiv:2105.05233), algorithm 2. The classifier sees x_t and knows nothing of the
 * other denoiser. One thread at a time.
 */
final class ClassifierGuidedDenoiser extends DenoiserDecorator {
  private final ClassifierGuidance guidance;
  private final ClassScore score;
  private Batch gradient;

  ClassifierGuidedDenoiser(Denoiser denoiser, ClassifierGuidance guidance, ClassScore score) {
    super(denoiser);
    this.guidance = guidance;
    this.score = score;
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    denoiser.predict(x, levels, condition, reading);
    boolean acts = false;
    for (double level : levels) {
      acts |= guidance.actsAt(process(), level);
    }
    if (!acts) {
      return;
    }
    if (gradient == null || !gradient.sameShape(x)) {
      gradient = x.like();
    }
    score.gradient(x, levels, condition, gradient);
    for (int n = 0; n < x.count(); n++) {
      if (guidance.actsAt(process(), levels[n])) {
        push(n, levels[n], reading);
      }
    }
  }

  private void push(int item, double level, Reading reading) {
    double alpha = process().alpha(level);
    double sigma = process().sigma(level);
    double onEpsilon = -guidance.scale() * sigma;
    double onX0 = guidance.scale() * sigma * sigma / alpha;
    for (int i = gradient.offset(item); i < gradient.offset(item + 1); i++) {
      double slope = gradient.data()[i];
      reading.x0().data()[i] = (float) (reading.x0().data()[i] + onX0 * slope);
      if (reading.wantsEpsilon()) {
        reading.epsilon().data()[i] = (float) (reading.epsilon().data()[i] + onEpsilon * slope);
      }
    }
  }
}
