package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VariationalBound;
import java.util.Arrays;

/** The weight of an example's mean squared error, by its timestep. */
public enum LossWeighting {
  /** Always 1: L_simple; Ho et al. 2020, eq. 14. */
  SIMPLE,
  /** That of the variational bound, in nats; Ho et al. 2020, eq. 12. Only for ε-prediction. */
  VARIATIONAL_BOUND;

  /**
   * The weights of all timesteps.
   *
   * @return length T
   */
  public float[] weights(GaussianDiffusion diffusion) {
    float[] weights = new float[diffusion.steps()];
    if (this == SIMPLE) {
      Arrays.fill(weights, 1);
      return weights;
    }
    PredictionType prediction = diffusion.config().prediction();
    checkArgument(
        prediction == PredictionType.EPSILON,
        "the weights of the variational bound are for epsilon predictions, got %s",
        prediction);
    VariationalBound bound = new VariationalBound(diffusion);
    for (int t = 0; t < weights.length; t++) {
      weights[t] = (float) bound.epsilonWeight(t);
    }
    return weights;
  }
}
