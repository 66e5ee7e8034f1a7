package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Brings the x_0 that another denoiser sees into [−1, 1]: an item of which more than a share of the
 * elements lies outside is clipped to the range of that share and divided by it, any other is
 * clipped to [−1, 1]; Saharia et al. 2022 (arXiv:2205.11487), sec. 2.3. ε stays as predicted. One
 * thread at a time.
 */
public final class DynamicThreshold extends DenoiserDecorator {
  private final double share;
  private float[] sorted = new float[0];

  /**
   * @param share of an item's elements that are not clipped, in (0, 1]
   */
  public DynamicThreshold(Denoiser denoiser, double share) {
    super(denoiser);
    checkArgument(share > 0 && share <= 1, "the share must be in (0, 1], got %s", share);
    this.share = share;
  }

  @Override
  public boolean givesMean() {
    return denoiser.givesMean();
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    denoiser.predict(x, levels, condition, reading);
    Batch x0 = reading.x0();
    for (int n = 0; n < x0.count(); n++) {
      double bound = Math.max(1, quantile(x0, n));
      for (int i = x0.offset(n); i < x0.offset(n + 1); i++) {
        double value = x0.data()[i];
        x0.data()[i] = (float) (Math.max(-bound, Math.min(bound, value)) / bound);
      }
    }
  }

  /** Of the absolute values of an item; between two of them it is linear. */
  private double quantile(Batch x0, int item) {
    int length = x0.itemLength();
    if (sorted.length != length) {
      sorted = new float[length];
    }
    for (int j = 0; j < length; j++) {
      sorted[j] = Math.abs(x0.data()[x0.offset(item) + j]);
    }
    Arrays.sort(sorted);
    double place = share * (length - 1);
    int below = (int) place;
    double value = sorted[below];
    return below == length - 1 ? value : value + (place - below) * (sorted[below + 1] - value);
  }
}
