package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * Knows a part of the clean items: there x_0 is what is known, elsewhere what another denoiser
 * sees. A step of the reverse process then takes the known part through q(x_s | x_t, x_0), so that
 * it has its own noise at every level; Lugmayr et al. 2022 (arXiv:2201.09865), eq. 8. Of one batch.
 * One thread at a time.
 */
public final class InpaintingDenoiser extends DenoiserDecorator {
  private final Batch known;
  private final boolean[] kept;

  /**
   * @param known clean items, of which some elements are known
   * @param kept which elements of an item those are
   */
  public InpaintingDenoiser(Denoiser denoiser, Batch known, boolean[] kept) {
    super(denoiser);
    this.known = Objects.requireNonNull(known);
    this.kept = kept.clone();
    checkArgument(
        kept.length == known.itemLength(),
        "the mask must be of %s elements, got %s",
        known.itemLength(),
        kept.length);
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    checkArgument(x.sameShape(known), "the known items are %s, got %s", known, x);
    denoiser.predict(x, levels, condition, reading);
    keep(reading.x0());
    if (!reading.wantsEpsilon()) {
      return;
    }
    for (int n = 0; n < x.count(); n++) {
      double alpha = process().alpha(levels[n]);
      double sigma = process().sigma(levels[n]);
      for (int j = 0; j < kept.length; j++) {
        if (kept[j]) {
          int i = x.offset(n) + j;
          double epsilon = (x.data()[i] - alpha * known.data()[i]) / sigma;
          reading.epsilon().data()[i] = (float) epsilon;
        }
      }
    }
  }

  /** Sets what is known in clean items, which some solvers end close to only. */
  public void keep(Batch x0) {
    for (int n = 0; n < x0.count(); n++) {
      for (int j = 0; j < kept.length; j++) {
        if (kept[j]) {
          x0.data()[x0.offset(n) + j] = known.data()[x0.offset(n) + j];
        }
      }
    }
  }
}
