package io.sparkddpm.engine;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adam over flat vectors, in the form of TensorFlow's optimiser, which the official code used: θ −=
 * α_t·m/(√v + ε) with α_t = α·√(1 − β2^t)/(1 − β1^t) (Kingma and Ba 2015, end of sec. 2).
 */
public interface Adam {
  /** √Σg², summed in double. */
  double norm(INDArray gradients);

  /**
   * One step.
   *
   * @param factor what the gradient is multiplied by first (the clip)
   * @param rate α_t, bias correction included
   * @param gradients may be overwritten
   */
  void step(
      INDArray parameters,
      INDArray gradients,
      INDArray firstMoment,
      INDArray secondMoment,
      double factor,
      double rate);

  /**
   * α_t of a step.
   *
   * @param step zero-based
   * @param momentsSince the step before which the moments were zero
   */
  static double rate(OptimizerConfig config, long step, long momentsSince) {
    double t = step - momentsSince + 1.0;
    return config.schedule().at(step)
        * Math.sqrt(1 - Math.pow(config.beta2(), t))
        / (1 - Math.pow(config.beta1(), t));
  }

  /** Factor that brings a gradient of the given norm down to the largest allowed. */
  static double clipFactor(OptimizerConfig config, double norm) {
    return config.clipNorm() == 0 || norm <= config.clipNorm() ? 1 : config.clipNorm() / norm;
  }
}
