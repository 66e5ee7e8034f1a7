package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VariationalBound;

/** The weights of the variational bound, in nats; Ho et al. 2020, eq. 12. */
public final class BoundWeighting implements LossWeighting {
  private final VariationalBound bound;

  /**
   * @throws IllegalArgumentException if the network predicts anything but ε
   */
  public BoundWeighting(GaussianDiffusion diffusion) {
    PredictionType prediction = diffusion.config().prediction();
    checkArgument(
        prediction == PredictionType.EPSILON,
        "the weights of the variational bound are for epsilon predictions, got %s",
        prediction);
    this.bound = new VariationalBound(diffusion);
  }

  @Override
  public double weight(int t) {
    return bound.epsilonWeight(t);
  }
}
