package io.sparkddpm.objective;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.error.UserException;
import java.io.Serializable;

/**
 * The weight w(t) of an item's mean squared error in the loss. Implementations are immutable.
 *
 * <p>To add one, write a record with a {@link io.sparkddpm.config.Variant} whose components are its
 * options, and list it here. One that is known for ε implements {@link EpsilonWeighting}, which
 * gives the same loss to every other prediction; {@link SnrWeighting} is the smallest example.
 */
@OneOf({
  ConstantWeighting.class,
  BoundWeighting.class,
  SnrWeighting.class,
  MinSnrWeighting.class,
  TruncatedSnrWeighting.class,
  P2Weighting.class
})
public interface LossWeighting extends Serializable {
  /**
   * The weight of the mean squared error of what the network predicts.
   *
   * @param t zero-based
   * @param diffusion says what the network predicts
   */
  double weight(int t, GaussianDiffusion diffusion);

  /**
   * The weights of all timesteps, as the loss uses them.
   *
   * @throws UserException if a weight is no finite float
   */
  default float[] table(GaussianDiffusion diffusion) {
    float[] weights = new float[diffusion.steps()];
    for (int t = 0; t < weights.length; t++) {
      double weight = weight(t, diffusion);
      weights[t] = (float) weight;
      if (!Float.isFinite(weights[t])) {
        throw new UserException(
            "training.weighting gives the squared error of %s at timestep %s the weight %s: choose"
                + " another weighting, smaller exponents or another diffusion.prediction",
            diffusion.config().prediction(), t, weight);
      }
    }
    return weights;
  }
}
