package io.sparkddpm.diffusion;

import io.sparkddpm.config.ConfigText;

/** The names that configurations have for heads: the one place that lists them. */
public enum PredictionType {
  /** The noise ε; Ho et al. 2020, eq. 14. */
  EPSILON(new EpsilonHead()),
  /** The clean item x_0. */
  X0(new X0Head()),
  /** v = √ᾱ·ε − √(1−ᾱ)·x_0; Salimans and Ho 2022. */
  V(new VelocityHead()),
  /** The posterior mean μ̃_t(x_t, x_0); Ho et al. 2020, eq. 8. */
  MU(new PosteriorMeanHead());

  private final Head head;

  PredictionType(Head head) {
    this.head = head;
  }

  /** What the network's output stands for. */
  public Head head() {
    return head;
  }

  /** As configurations have it. */
  @Override
  public String toString() {
    return ConfigText.text(this);
  }
}
