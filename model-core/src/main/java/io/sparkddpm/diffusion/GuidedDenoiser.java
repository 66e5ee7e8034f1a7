package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Classifier-free guidance: x_0 and ε are {@code without + s·(with − without)} of what another
 * denoiser sees with the items' labels and without; Ho and Salimans 2022 (arXiv:2207.12598), in an
 * interval of levels as in Kynkäänniemi et al. 2024 (arXiv:2404.07724), and rescaled as in Lin et
 * al. 2024 (arXiv:2305.08891), sec. 3.4. Both halves are one batch of twice the items, at every
 * level where guidance acts; v is that of the labels. One thread at a time.
 */
final class GuidedDenoiser extends DenoiserDecorator {
  private final ClassifierFreeGuidance config;
  private Batch both;
  private double[] bothLevels;
  private Reading seen;

  GuidedDenoiser(Denoiser denoiser, ClassifierFreeGuidance config) {
    super(denoiser);
    this.config = config;
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    boolean acts = false;
    for (double level : levels) {
      acts |= config.actsAt(process(), level);
    }
    if (!acts) {
      denoiser.predict(x, levels, condition, reading);
      return;
    }
    predictBoth(x, levels, condition, reading);
    for (int n = 0; n < x.count(); n++) {
      boolean guided = config.actsAt(process(), levels[n]);
      combine(seen.x0(), reading.x0(), n, guided);
      double shrink = guided && config.rescale() > 0 ? shrink(reading.x0(), n) : 1;
      if (shrink != 1) {
        scale(reading.x0(), n, shrink);
      }
      if (reading.wantsEpsilon()) {
        combine(seen.epsilon(), reading.epsilon(), n, guided);
        if (shrink != 1) {
          readEpsilon(x, levels[n], reading, n);
        }
      }
      if (reading.wantsVariance()) {
        combine(seen.variance(), reading.variance(), n, false);
      }
    }
  }

  private void predictBoth(Batch x, double[] levels, Condition condition, Reading reading) {
    int count = x.count();
    checkArgument(!condition.hasContext(), "guidance is by labels, got context vectors");
    if (both == null || both.count() != 2 * count || !both.shape().equals(x.shape())) {
      both = new Batch(2 * count, x.shape());
      bothLevels = new double[2 * count];
      seen = null;
    }
    if (seen == null
        || seen.wantsEpsilon() != reading.wantsEpsilon()
        || seen.wantsVariance() != reading.wantsVariance()) {
      seen = reading.ofSameParts(2 * count);
    }
    int[] labels = new int[2 * count];
    Arrays.fill(labels, Condition.NO_LABEL);
    for (int n = 0; n < count; n++) {
      labels[n] = condition.label(n);
    }
    System.arraycopy(levels, 0, bothLevels, 0, count);
    System.arraycopy(levels, 0, bothLevels, count, count);
    System.arraycopy(x.data(), 0, both.data(), 0, x.data().length);
    System.arraycopy(x.data(), 0, both.data(), x.data().length, x.data().length);
    denoiser.predict(both, bothLevels, Condition.labels(labels), seen);
  }

  private void combine(Batch halves, Batch to, int item, boolean guided) {
    int without = to.data().length;
    for (int i = to.offset(item); i < to.offset(item + 1); i++) {
      double with = halves.data()[i];
      double none = halves.data()[without + i];
      to.data()[i] = (float) (guided ? none + config.scale() * (with - none) : with);
    }
  }

  /** The factor that brings a guided x_0 towards the deviation of the label's. */
  private double shrink(Batch guided, int item) {
    double own = deviation(guided, item);
    double ratio = own == 0 ? 1 : deviation(seen.x0(), item) / own;
    return config.rescale() * ratio + (1 - config.rescale());
  }

  private static double deviation(Batch batch, int item) {
    double sum = 0;
    double squares = 0;
    for (int i = batch.offset(item); i < batch.offset(item + 1); i++) {
      sum += batch.data()[i];
      squares += (double) batch.data()[i] * batch.data()[i];
    }
    double mean = sum / batch.itemLength();
    return Math.sqrt(Math.max(0, squares / batch.itemLength() - mean * mean));
  }

  private static void scale(Batch batch, int item, double factor) {
    for (int i = batch.offset(item); i < batch.offset(item + 1); i++) {
      batch.data()[i] = (float) (factor * batch.data()[i]);
    }
  }

  /** The ε that agrees with x_0. */
  private void readEpsilon(Batch x, double level, Reading reading, int item) {
    double alpha = process().alpha(level);
    double sigma = process().sigma(level);
    for (int i = x.offset(item); i < x.offset(item + 1); i++) {
      double x0 = reading.x0().data()[i];
      reading.epsilon().data()[i] = (float) ((x.data()[i] - alpha * x0) / sigma);
    }
  }
}
