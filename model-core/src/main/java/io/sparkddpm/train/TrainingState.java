package io.sparkddpm.train;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * What a training step reads and changes, as flat vectors in the network's parameter order (the
 * order and layout of {@link TrainableModel#layout()}). Arrays are shared, not copied; one thread
 * at a time.
 */
public final class TrainingState {
  private final float[] parameters;
  private final float[] firstMoment;
  private final float[] secondMoment;
  private long step;

  /**
   * @param parameters θ
   * @param firstMoment Adam's m
   * @param secondMoment Adam's v
   * @param step number of optimiser steps already taken
   */
  public TrainingState(float[] parameters, float[] firstMoment, float[] secondMoment, long step) {
    checkArgument(
        firstMoment.length == parameters.length && secondMoment.length == parameters.length,
        "the moments must be as long as the parameters (%s), got %s and %s",
        parameters.length,
        firstMoment.length,
        secondMoment.length);
    checkArgument(step >= 0, "step must not be negative, got %s", step);
    this.parameters = parameters;
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
    this.step = step;
  }

  /** Fresh moments and step 0 for the given parameters. */
  public static TrainingState initial(float[] parameters) {
    return new TrainingState(
        parameters, new float[parameters.length], new float[parameters.length], 0);
  }

  public float[] parameters() {
    return parameters;
  }

  public float[] firstMoment() {
    return firstMoment;
  }

  public float[] secondMoment() {
    return secondMoment;
  }

  public long step() {
    return step;
  }

  public void setStep(long step) {
    this.step = step;
  }
}
