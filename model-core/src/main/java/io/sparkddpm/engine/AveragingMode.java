package io.sparkddpm.engine;

/** What the workers of a round average. */
public enum AveragingMode {
  /**
   * Each worker takes its own optimiser steps; parameters and moments are averaged at the end of
   * the round, weighted by the examples seen (McDonald et al. 2010; McMahan et al. 2017, FedAvg).
   */
  PARAMETERS,
  /**
   * Each worker computes the gradient of its share of the batch; one optimiser step is taken with
   * their average, weighted by examples: the same as one worker with the whole batch, up to
   * rounding.
   */
  GRADIENTS,
  /**
   * dl4j-spark's own parameter averaging, for comparison: not weighted by examples, not repeatable
   * to the bit, Adam's step count begun anew each round, no warm-up, no clip.
   */
  STOCK
}
