package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;

/**
 * What a training step reads and changes, as flat vectors in the network's parameter order (the
 * order and layout of {@link TrainableNetwork#layout()}). Arrays are shared, not copied, and a
 * round may put others in their place: do not keep them; one thread at a time.
 */
public final class TrainingState {
  private float[] parameters;
  private float[] firstMoment;
  private float[] secondMoment;
  private long step;
  private final long momentsSince;

  /**
   * @param parameters θ
   * @param firstMoment Adam's m
   * @param secondMoment Adam's v
   * @param step number of optimiser steps already taken
   */
  public TrainingState(float[] parameters, float[] firstMoment, float[] secondMoment, long step) {
    this(parameters, firstMoment, secondMoment, step, 0);
  }

  private TrainingState(
      float[] parameters, float[] firstMoment, float[] secondMoment, long step, long momentsSince) {
    checkLengths(parameters, firstMoment, secondMoment);
    checkArgument(step >= 0, "step must not be negative, got %s", step);
    this.parameters = parameters;
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
    this.step = step;
    this.momentsSince = momentsSince;
  }

  private static void checkLengths(float[] parameters, float[] first, float[] second) {
    checkArgument(
        first.length == parameters.length && second.length == parameters.length,
        "the moments must be as long as the parameters (%s), got %s and %s",
        parameters.length,
        first.length,
        second.length);
  }

  /** Puts other arrays, of equal lengths, in the place of those there are. */
  public void setVectors(float[] parameters, float[] firstMoment, float[] secondMoment) {
    checkLengths(parameters, firstMoment, secondMoment);
    this.parameters = parameters;
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
  }

  /** Fresh moments and step 0 for the given parameters. */
  public static TrainingState initial(float[] parameters) {
    return new TrainingState(
        parameters, new float[parameters.length], new float[parameters.length], 0);
  }

  /** With moments of zero, and with Adam's bias correction anew, as of a step; to be read only. */
  public static TrainingState withoutMoments(float[] parameters, long step) {
    float[] zeros = new float[parameters.length];
    return new TrainingState(parameters, zeros, zeros, step, step);
  }

  /** Forgets the moments. */
  public void clearMoments() {
    Arrays.fill(firstMoment, 0);
    Arrays.fill(secondMoment, 0);
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

  /** Whether all parameters and moments are numbers. */
  public boolean isFinite() {
    return isFinite(parameters) && isFinite(firstMoment) && isFinite(secondMoment);
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** The step before which the moments were zero: Adam's bias correction counts from it. */
  public long momentsSince() {
    return momentsSince;
  }

  public long step() {
    return step;
  }

  public void setStep(long step) {
    this.step = step;
  }
}
