package io.sparkddpm.objective;

import io.sparkddpm.diffusion.GaussianDiffusion;

/**
 * A weight that is defined by the squared error of ε. A network that predicts something else gets
 * the weight that makes the same loss of the same error: ε is read from x_t and its output
 * linearly, so an error of the output is one of ε, times the output's coefficient.
 */
interface EpsilonWeighting extends LossWeighting {
  /**
   * The weight of the mean squared error of ε.
   *
   * @param t zero-based
   */
  double epsilonWeight(int t, GaussianDiffusion diffusion);

  @Override
  default double weight(int t, GaussianDiffusion diffusion) {
    double output =
        diffusion.config().prediction().head().toEpsilon(diffusion.process(), t).output();
    return output * output * epsilonWeight(t, diffusion);
  }
}
