package io.sparkddpm.solver;

/**
 * {@code x ← fromX·x + fromX0·x_0 + sigma·z}: a step for which one look at x is enough.
 *
 * @param fromX coefficient of x
 * @param fromX0 coefficient of the x_0 that the denoiser sees
 * @param sigma standard deviation of fresh noise, at least 0
 */
record LinearStep(double fromX, double fromX0, double sigma) {}
