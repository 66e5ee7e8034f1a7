package io.sparkddpm.engine;

/**
 * What a local step saw.
 *
 * @param loss weighted mean squared error over all elements of the batch, before the step
 * @param imageLosses each image's own mean squared error, unweighted
 * @param gradientNorm global L2 norm of the gradient before clipping
 */
public record StepResult(double loss, float[] imageLosses, double gradientNorm) {}
