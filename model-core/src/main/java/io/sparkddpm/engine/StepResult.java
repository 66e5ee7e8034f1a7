package io.sparkddpm.engine;

import io.sparkddpm.objective.ItemLosses;

/**
 * What a local step saw, as of before it. Numbers may be non-finite: the caller decides.
 *
 * @param loss mean over the items of weight times loss
 * @param items each item's own loss and error; good until the next step
 * @param gradientNorm global L2 norm of the gradient before clipping
 */
public record StepResult(double loss, ItemLosses items, double gradientNorm) {}
