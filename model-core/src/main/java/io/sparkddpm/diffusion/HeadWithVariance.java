package io.sparkddpm.diffusion;

import io.sparkddpm.tensor.Shape;

/**
 * A head whose network gives v beside it: twice the channels, of which the first half is the
 * head's.
 *
 * @param head what the first half stands for
 */
record HeadWithVariance(Head head) implements Head {
  @Override
  public Target target(NoiseProcess process, double level) {
    return head.target(process, level);
  }

  @Override
  public Conversion toX0(NoiseProcess process, double level) {
    return head.toX0(process, level);
  }

  @Override
  public Conversion toEpsilon(NoiseProcess process, double level) {
    return head.toEpsilon(process, level);
  }

  @Override
  public boolean isMean() {
    return head.isMean();
  }

  @Override
  public Shape outputShape(Shape item) {
    return item.withDim(0, 2 * item.dim(0));
  }
}
